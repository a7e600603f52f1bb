"""Freeze the reference set: the turns of the bundled sample, by role.

Run after the sample or the merging of turns has changed: `python tools/make_reference.py`.
A test fails when the frozen file and the sample part ways.
"""

from __future__ import annotations

import csv
from pathlib import Path

from attunement.sample import sample_folder
from attunement.tables import ROLES
from attunement.transcripts import Corpus, ReadOptions

TARGET = Path(__file__).parent.parent / "src/attunement/alliance/data/reference.csv"


def main() -> None:
    with sample_folder() as folder:
        turns = [turn for session in Corpus([folder], ReadOptions()) for turn in session.turns]
    rows = [(turn.role, turn.text) for turn in turns if turn.role in ROLES and turn.text.strip()]
    with TARGET.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["role", "text"])
        writer.writerows(rows)
    print(f"{TARGET.name}: {len(rows)} turns")


if __name__ == "__main__":
    main()
