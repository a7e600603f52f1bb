"""Fetch the browser libraries that the pages use: `python tools/vendor_web.py`.

They are taken from the npm registry (`npm pack` verifies what it fetches), laid beside the pages
with their licences, and written down in a manifest with their hashes; `--check` holds the files
against it without a network. Nothing is loaded from anywhere else when a page is shown.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parent.parent / "src/attunement/web/pages/static/vendor"
MANIFEST = VENDOR / "manifest.json"


@dataclass(frozen=True, slots=True)
class Library:
    """A file of a package.

    Attributes
    ----------
    package, version, licence : str
        As the registry names them.
    source : str
        Where the file lies in the package.
    replaced : tuple of (str, str)
        Text to replace, each once: module imports that browsers cannot resolve.
    """

    package: str
    version: str
    licence: str
    source: str
    replaced: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        return Path(self.source).name


LIBRARIES = (
    Library("htmx.org", "2.0.11", "0BSD", "dist/htmx.min.js"),
    Library("vega", "6.4.0", "BSD-3-Clause", "build/vega.min.js"),
    Library("vega-lite", "6.4.1", "BSD-3-Clause", "build/vega-lite.min.js"),
    Library(
        "vega-interpreter",
        "2.3.2",
        "BSD-3-Clause",
        "build/vega-interpreter.js",
        replaced=(
            (
                "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';",
                "const { ascending, isString, DisallowedObjectProperties } = globalThis.vega;",
            ),
        ),
    ),
)


def main() -> int:
    """Fetch, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="hold the files against the manifest")
    if parser.parse_args().check:
        wrong = changed_files()
        print("\n".join(wrong) or "Every vendored file is as the manifest says.")
        return 1 if wrong else 0
    fetch()
    return 0


def changed_files() -> list[str]:
    """Name what is missing, altered, or not in the manifest."""
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text())
    known = {
        name: digest for entry in manifest["libraries"] for name, digest in entry["sha256"].items()
    }
    present = {path.name: sha256(path.read_bytes()) for path in VENDOR.iterdir()}
    present.pop(MANIFEST.name, None)
    return [
        f"{name}: {'not in the manifest' if name not in known else 'missing or altered'}"
        for name in sorted(known.keys() | present.keys())
        if known.get(name) != present.get(name)
    ]


def fetch() -> None:
    """Write every library, its licence and the manifest anew."""
    entries: list[dict[str, Any]] = []
    written: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for library in LIBRARIES:
            package = _packed(library, Path(scratch))
            files = {
                library.target: _written_for_browsers(library, _member(package, library.source)),
                f"{library.package}.LICENSE.txt": _member(package, "LICENSE"),
            }
            entries.append(
                {
                    "package": library.package,
                    "version": library.version,
                    "licence": library.licence,
                    "source": library.source,
                    "package_sha256": sha256(package),
                    "replaced": [list(pair) for pair in library.replaced],
                    "sha256": {name: sha256(content) for name, content in files.items()},
                }
            )
            written |= files
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, content in written.items():
        (VENDOR / name).write_bytes(content)
    MANIFEST.write_text(
        json.dumps({"made by": "python tools/vendor_web.py", "libraries": entries}, indent=2) + "\n"
    )


def _packed(library: Library, scratch: Path) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to fetch the libraries")
    packed = subprocess.run(
        [npm, "pack", f"{library.package}@{library.version}", "--json"],
        cwd=scratch,
        check=True,
        capture_output=True,
    )
    name: str = json.loads(packed.stdout)[0]["filename"]
    return (scratch / name).read_bytes()


def _member(package: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        found = archive.extractfile(f"package/{name}")
        if found is None:
            raise SystemExit(f"{name} is not in the package")
        return found.read()


def _written_for_browsers(library: Library, content: bytes) -> bytes:
    text = content.decode()
    for old, new in library.replaced:
        if text.count(old) != 1:
            raise SystemExit(f"{library.package}: not found once: {old}")
        text = text.replace(old, new)
    return text.encode()


def sha256(content: bytes) -> str:
    """Give the hash in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
