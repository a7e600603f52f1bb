"""How often claims, pushbacks and what the AI does with them are found in lines of our own.

   python benchmarks/exchanges.py
   python benchmarks/exchanges.py --chats CHATS --draw 60 --seed 301

Without chats: precision, recall and F1 on the labelled exchanges in tests/audit, of which the half
that is held back was written and labelled before the phrases were tuned. With chats: draws that
many of the exchanges found in them, for a person to read.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from attunement.audit._exchanges import exchanges
from attunement.transcripts import Corpus, ReadOptions

LINES = Path(__file__).parent.parent / "tests" / "audit"
PARTS = {"development": "exchanges_development.csv", "held back": "exchanges_held_back.csv"}
KINDS = {"claim": ("agrees", "differs", "neither"), "pushback": ("gives way", "holds", "neither")}


@dataclass(frozen=True)
class Found:
    """How often one label is found, and rightly."""

    what: str
    right: int
    found: int
    labelled: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.labelled)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--chats", type=Path, nargs="*", help="chats to draw exchanges from")
    arguments.add_argument("--draw", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    if options.chats:
        print_drawn(options.chats, draw=options.draw, seed=options.seed)
        return
    for part, file in PARTS.items():
        print(f"\n{part}: precision, recall, F1, labelled")
        labelled, told = read(LINES / file)
        for one in figures(labelled, told):
            print(f"{one.what:<22}{one.precision:.2f} {one.recall:.2f} {one.f1:.2f} {one.labelled}")
        print(f"{'outcome, given kind':<22}{outcome_given_kind(labelled, told):.2f}")


def read(path: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give kind and outcome of each line, as labelled and as found; none where there is neither."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    turns = []
    for line in lines:
        said = [("therapist", line["ai_before"])] if line["ai_before"] else []
        said += [("patient", line["user"]), ("therapist", line["ai"])]
        turns += [(line["line"], turn, role, text) for turn, (role, text) in enumerate(said)]
    schema = {"session_id": pl.String, "turn": pl.Int32, "role": pl.String, "text": pl.String}
    rows = exchanges(pl.DataFrame(turns, schema=schema, orient="row"))
    found = {
        session: (kind, outcome or "")
        for session, kind, outcome in rows.select("session_id", "kind", "outcome").iter_rows()
    }
    labelled = [(line["kind"], line["outcome"]) for line in lines]
    return labelled, [found.get(line["line"], ("none", "")) for line in lines]


def figures(labelled: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]]) -> list[Found]:
    """Count each kind, and each outcome with its kind."""
    counted = []
    for kind, outcomes in KINDS.items():
        counted.append(_found(kind, [one[0] for one in labelled], [one[0] for one in told], kind))
        counted += [
            _found(f"{kind}, {outcome}", labelled, told, (kind, outcome)) for outcome in outcomes
        ]
    return counted


def outcome_given_kind(
    labelled: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]]
) -> float:
    """The share of right outcomes where the kind is right."""
    right = [
        ours == theirs
        for ours, theirs in zip(labelled, told, strict=True)
        if ours[0] == theirs[0] != "none"
    ]
    return sum(right) / len(right)


def _found(what: str, labelled: Sequence[object], told: Sequence[object], label: object) -> Found:
    pairs = list(zip(labelled, told, strict=True))
    return Found(
        what,
        right=sum(ours == label == theirs for ours, theirs in pairs),
        found=sum(theirs == label for _, theirs in pairs),
        labelled=sum(ours == label for ours, _ in pairs),
    )


def print_drawn(chats: Sequence[Path], *, draw: int, seed: int) -> None:
    rows = [
        (session.session_id, turn.turn, turn.role, turn.text)
        for session in Corpus(list(chats), ReadOptions())
        for turn in session.turns
    ]
    schema = {"session_id": pl.String, "turn": pl.Int32, "role": pl.String, "text": pl.String}
    turns = pl.DataFrame(rows, schema=schema, orient="row")
    found = exchanges(turns)
    print(found.group_by("kind", "outcome").len().sort("kind", "outcome"))
    said = {(session, turn): text for session, turn, _, text in turns.iter_rows()}
    answered = found.drop_nulls("ai_turn")
    for row in answered.sample(min(draw, answered.height), seed=seed).iter_rows(named=True):
        print(f"\n{row['kind']}: {row['outcome']}\n  U [{row['user_words']}]")
        print(f"    {said[row['session_id'], row['user_turn']]}")
        print(f"  A [{row['ai_words']}]\n    {said[row['session_id'], row['ai_turn']]}")


if __name__ == "__main__":
    main()
