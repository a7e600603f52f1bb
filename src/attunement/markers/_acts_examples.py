"""The lines of our own from which acts are learned (acts.yaml)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

from attunement.tables import ACTS

EXAMPLES_SCHEMA = pl.Schema({"act": pl.String(), "before": pl.String(), "text": pl.String()})


@cache
def act_examples() -> pl.DataFrame:
    """Give every example line.

    Returns
    -------
    DataFrame
        act; before (what the patient said last, null where the line stands alone); text. In the
        order of `ACTS`, then of the file.
    """
    content = (files("attunement.markers") / "acts.yaml").read_text(encoding="utf-8")
    acts = yaml.load(content, Loader=yaml.BaseLoader)["acts"]  # noqa: S506  (text stays text)
    rows = [row for act in ACTS for row in _rows(act, acts[act])]
    return pl.DataFrame(rows, schema=EXAMPLES_SCHEMA, orient="row")


def _rows(
    act: str, entries: Sequence[str | Sequence[str]]
) -> Iterator[tuple[str, str | None, str]]:
    for entry in entries:
        if isinstance(entry, str):
            yield act, None, entry
        else:
            before, text = entry
            yield act, before, text
