"""How long the audit of the 105 VERA-MH conversations takes, and what it finds.

    python benchmarks/audit.py --corpora ../shared/data [--keep DIR]

The conversations are unpacked to a temporary folder, with a sessions.csv made from the names of
their files and folders: the persona is the user (`patient_id`), the provider's model the `model`.
Then `attunement audit` runs once, in a process of its own, with an empty cache of vectors: the time
and the memory are those of the whole command, from its start to the finished page.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from attunement.audit import figure_definitions
from attunement.embedding._places import models_folder

ARCHIVE = "ai_therapist/vera_mh_conversations.tar.xz"
COLUMNS = ("session_id", "patient_id", "model", "user_model", "run")

_FOLDER = re.compile(r"p_(?P<user>.+?)__a_(?P<ai>.+?)__t\d+")
_FILE = re.compile(r"[0-9a-f]+_(?P<persona>[^_]+)_.+_run(?P<run>\d+)")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--keep", type=Path, help="where to leave the audit's files")
    options = arguments.parse_args()
    print(f"$ python {' '.join(sys.argv)}\n{platform.machine()}, {os.cpu_count()} cores\n")
    with TemporaryDirectory() as scratch:
        chats = unpacked(options.corpora / ARCHIVE, Path(scratch) / "chats")
        out = options.keep or Path(scratch) / "audit"
        seconds, megabytes = timed(chats, out, cache=Path(scratch) / "cache")
        audit = json.loads((out / "audit.json").read_text(encoding="utf-8"))
        report(audit)
    print(f"\nthe whole command  {seconds:.0f} s (target 60), peak {megabytes:,.0f} MB")


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack the conversations, and describe them in a sessions.csv."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (readme,) = folder.rglob("Readme.MD")
    with (readme.parent / "sessions.csv").open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(COLUMNS)
        rows.writerows(described(readme.parent))
    return readme.parent


def described(folder: Path) -> Iterator[tuple[str, ...]]:
    """Read session, persona, model, the persona's model and the run off the names."""
    for path in sorted(folder.glob("*/*.txt")):
        models, names = _FOLDER.match(path.parent.name), _FILE.match(path.stem)
        if models is None or names is None:
            raise SystemExit(f"a name that cannot be read: {path.relative_to(folder)}")
        yield path.stem, names["persona"], models["ai"], models["user"], names["run"]


def timed(chats: Path, out: Path, *, cache: Path) -> tuple[float, float]:
    """Run the command with no vector known; give seconds and peak megabytes."""
    cache.mkdir()
    (cache / "models").symlink_to(models_folder())
    command = [sys.executable, "-m", "attunement.cli", "audit", str(chats), "-o", str(out)]
    begun = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"ATTUNEMENT_CACHE": str(cache)},
    )
    seconds = time.perf_counter() - begun
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def report(audit: dict[str, Any]) -> None:
    """Print the figures that the docs quote."""
    scored, models = audit["chats"], audit["models"]
    print(f"{scored['read']} chats, {scored['scored']} scored, {len(models)} models")
    figures = {(row["figure"], row["model"]): row for row in audit["figures"]}
    for one in figure_definitions():
        shown = [told(figures[one.name, model], one.decimals) for model in models]
        if any(figures[one.name, model]["estimate"] is not None for model in models):
            print(f"\n{one.label} ({one.unit})")
            for model, value in zip(models, shown, strict=True):
                print(f"  {model:<26} {value}")
    print("\nbetween models, Holm-adjusted p below .05, paired by persona")
    for row in audit["comparisons"]:
        if row["p_holm"] is not None and row["p_holm"] < 0.05:
            verdict = f"; controls: {row['controls']}" if row["controls"] else ""
            print(
                f"  {row['figure']}: {row['model']} less {row['reference']} {row['estimate']:+.3f} "
                f"({row['ci_low']:+.3f} to {row['ci_high']:+.3f}), g {row['g']:+.2f}, "
                f"p {row['p_holm']:.4f}{verdict}"
            )
    print("\nour own measure, magnified AI turns, all chats")
    moved = pl.DataFrame(audit["counterfactuals"]).filter(pl.col("model") == "all chats")
    for row in moved.iter_rows(named=True):
        if row["quantity"] in ("inferred_patient", "inferred_therapist"):
            print(
                f"  {row['feature']:<11} {row['quantity']:<19} moves {row['change']:+.3f}, "
                f"at most {row['largest']:.3f}"
            )
    print("\nfindings")
    for row in audit["findings"]:
        print(f"  {row['rank']}. {row['model']}: {row['finding']} {row['evidence']}")
    print("\n" + "\n".join(audit["calibration"] + audit["notes"]))


def told(row: dict[str, Any], decimals: int) -> str:
    """Give a figure with its interval."""
    if row["estimate"] is None:
        return f"none: {row['reason']}"
    if row["ci_low"] is None:
        return f"{row['estimate']:.{decimals}f} (no interval: {row['reason']})"
    low, high = row["ci_low"], row["ci_high"]
    return f"{row['estimate']:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


if __name__ == "__main__":
    main()
