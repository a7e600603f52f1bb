"""What stands in deploy/ names things that exist, is pinned, and gives the service no more rights
than it needs."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from attunement.web._settings import read_settings

TOP = Path(__file__).parents[3]
DEPLOY = TOP / "deploy"
DATABASE_ADDRESS = "postgresql://attunement:secret@database/attunement"
KEY_ADDRESS = "/run/secrets/key"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)
    joined = text.replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in _split(joined)]


def _split(text: str) -> list[tuple[str, str, str]]:
    return [line.partition(" ") for line in text.splitlines() if line.strip()]


def of(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def services() -> dict[str, Any]:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    found: dict[str, Any] = composed["services"]
    return found


def left_out(path: str) -> bool:
    """Say whether .dockerignore keeps a path out: the last line that fits it decides."""
    out = False
    for line in (TOP / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").strip()
        if not pattern or pattern.startswith("#"):
            continue
        parents = [path, *(str(parent) for parent in Path(path).parents)]
        if any(fnmatch(one, pattern.removeprefix("**/")) for one in parents):
            out = not line.startswith("!")
    return out


def test_all_that_is_copied_exists_and_is_let_in() -> None:
    copied = [shlex.split(rest) for rest in of("COPY")]
    sources = [one for words in copied if "--from=build" not in words for one in words[:-1]]
    assert len(sources) >= 7
    for source in sources:
        assert (TOP / source).exists(), source
        assert not left_out(source), source
    assert all(left_out(name) for name in (".git", "tests", "deploy/key", "deploy/.env", ".venv"))


def test_what_is_copied_is_all_that_the_package_is_built_from() -> None:
    project = (TOP / "pyproject.toml").read_text()
    copied = {one for rest in of("COPY") for one in shlex.split(rest)}
    for name in ("README.md", "LICENSE", "NOTICE"):
        assert name in project
        assert name in copied


@pytest.mark.parametrize(
    "image",
    [*of("FROM"), *(one["image"] for name, one in services().items() if name != "attunement")],
)
def test_images_are_pinned_to_a_full_version(image: str) -> None:
    assert re.search(r":\d+\.\d+(\.\d+)?-\w+", image), image


def test_the_versions_of_libraries_are_the_tested_ones() -> None:
    (install,) = [one for one in of("RUN") if "pip install" in one]
    assert "--constraint constraints.txt" in install
    assert '".[formats,topics,web]"' in install


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    assert of("USER") == ["10001:10001"]
    (health,) = of("HEALTHCHECK")
    command = json.loads(health.partition("CMD ")[2])
    assert Path(command[1]).name == "healthcheck.py"
    assert json.loads(of("ENTRYPOINT")[0]) == ["attunement"]
    assert json.loads(of("CMD")[0]) == ["serve"]
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_the_image_and_the_compose_file_are_settings_that_the_service_takes() -> None:
    (env,) = of("ENV")
    image = dict(pair.split("=", 1) for pair in shlex.split(env))
    composed = dict(services()["attunement"]["environment"])
    composed |= {
        "ATTUNEMENT_ALLOWED_HOSTS": "attunement.example.org",
        "ATTUNEMENT_DATABASE": DATABASE_ADDRESS,
        "ATTUNEMENT_METRICS_TOKEN": "0" * 64,
    }
    settings = read_settings(image | composed)
    assert settings.public
    assert settings.database_url == DATABASE_ADDRESS
    assert str(settings.key_file) == KEY_ADDRESS
    known = {name for name in image | composed if name.startswith("ATTUNEMENT_")}
    described = (TOP / "docs" / "settings.md").read_text()
    assert all(f"`{name}`" in described for name in known - {"ATTUNEMENT_CACHE"})


def test_the_proxy_that_is_believed_is_the_proxy() -> None:
    believed = services()["attunement"]["environment"]["ATTUNEMENT_PROXIES"]
    assert services()["proxy"]["networks"]["front"]["ipv4_address"] == believed


def test_only_the_proxy_is_reached_from_outside() -> None:
    networks = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["networks"]
    for name, service in services().items():
        assert ("ports" in service) == (name == "proxy")
        inside = all((networks[one] or {}).get("internal") for one in service["networks"])
        assert inside == (name != "proxy")


def test_the_service_has_few_rights_and_time_to_stop() -> None:
    service = services()["attunement"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    wanted = read_settings({}).shutdown_seconds
    assert int(service["stop_grace_period"].removesuffix("s")) > wanted + 10
    unit = (DEPLOY / "attunement.service").read_text()
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, flags=re.MULTILINE)
    assert int(stop) > wanted + 10


def test_no_secret_has_a_default() -> None:
    for name in ("compose.yaml", "example.env"):
        for line in (DEPLOY / name).read_text().splitlines():
            if re.search(r"PASSWORD|TOKEN", line) and not line.lstrip().startswith("#"):
                secret = line.partition("=")[2] if name == "example.env" else line
                assert not secret or "${" in secret, line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    unit = tmp_path / "attunement.service"
    text = (DEPLOY / "attunement.service").read_text()
    unit.write_text(text.replace("/opt/attunement/bin/attunement", sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in verified.stderr.splitlines() if "attunement.service" in line]
    assert not ours
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert judged.returncode == 0, judged.stdout[-300:]
