"""Lines labelled by hand before the code had seen them: does it find what a reader finds?

labelled_lines.csv was used to mend the lists; labelled_lines_held_back.csv was not read until they
were done. On the lines held back there was then one error, an assent found in "I don't think that's
right", which has been mended since.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from attunement.surface import features

FILES = ("labelled_lines.csv", "labelled_lines_held_back.csv")


def labelled(name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    lines = pl.read_csv(Path(__file__).parent / name)
    return lines, features(lines["text"].to_list(), english=[True] * lines.height)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("feature", ["sycophancy", "flattery", "jargon"])
def test_what_a_reader_finds_is_found_and_little_else(name: str, feature: str) -> None:
    lines, found = labelled(name)
    both = pl.DataFrame({"is": lines[feature] == 1, "found": found[feature] > 0}).drop_nulls()
    hits = both.filter("is", "found").height
    assert both.filter("is").height >= 6
    assert both.filter(~pl.col("is")).height >= 25
    assert hits / both.filter("found").height >= 0.9
    assert hits / both.filter("is").height >= 0.9


@pytest.mark.parametrize("name", FILES)
def test_every_vague_line_is_vaguer_than_every_concrete_one(name: str) -> None:
    lines, found = labelled(name)
    vague = found["vagueness"].filter(lines["vagueness"].eq(1).fill_null(value=False))
    concrete = found["vagueness"].filter(lines["vagueness"].eq(0).fill_null(value=False))
    assert min(len(vague), len(concrete)) >= 6
    assert min(vague) > max(concrete)
