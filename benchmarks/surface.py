"""What is on the surface of an AI's answers, and what magnifying one feature does to the others.

    python benchmarks/surface.py CHATS... [--turns 300] [--seed 0]

Prints, in Markdown: the mean of each feature over the AI's turns with words; how many of some turns
drawn by chance could be magnified; and by how many standard deviations (of the turns as they are)
each feature moves when one is magnified. Needs no model.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from attunement.surface import FEATURES, features, magnified
from attunement.transcripts import Corpus, turns_table


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("chats", type=Path, nargs="+")
    arguments.add_argument("--turns", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    turns = turns_table(Corpus(options.chats)).filter(pl.col("role") == "therapist")
    texts = turns["text"].filter(features(turns["text"].to_list())["words"].fill_null(0) > 0)
    whole = features(texts.to_list())
    print(f"{len(texts)} turns of the AI with words\n")
    print(table(["", *FEATURES, "flattery"], [["mean", *cells(whole.mean())]]))
    some = texts.sample(min(options.turns, len(texts)), seed=options.seed).to_list()
    print(f"\nmagnified in {len(some)} of them; changes in standard deviations of all turns\n")
    rows = []
    for feature in FEATURES:
        made = magnified(some, feature, seed=options.seed, english=[True] * len(some))
        done = [place for place, one in enumerate(made) if one.reason is None]
        before = features([some[place] for place in done], english=[True] * len(done))
        after = features([made[place].text for place in done], english=[True] * len(done))
        moved = (after - before).mean() / whole.std()
        rows.append([feature, str(len(done)), *cells(moved, signed=True)])
    print(table(["magnified", "turns", *FEATURES, "flattery"], rows))


def cells(values: pl.DataFrame, *, signed: bool = False) -> list[str]:
    row = values.select(*FEATURES, "flattery").row(0)
    return [f"{value:+.2f}" if signed else f"{value:.3g}" for value in row]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
