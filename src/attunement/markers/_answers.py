"""How the patient's turns open: yes, no, an acknowledgement; and whether they thank."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl
import yaml


def answers(spoken: pl.DataFrame) -> pl.DataFrame:
    """Tell what kind of answer each patient turn is.

    Parameters
    ----------
    spoken : DataFrame
        Turns of patient and therapist: session_id, turn, role, text.

    Returns
    -------
    DataFrame
        The patient's turns: session_id, turn, and a column of 0 and 1 for each kind of
        `answers.yaml`; a turn may be of several kinds, or of none. The patterns are English.
    """
    text = pl.col("text").str.to_lowercase().str.replace_all("[’‘ʼ`´]", "'")
    return spoken.filter(pl.col("role") == "patient").select(
        "session_id",
        "turn",
        *(text.str.contains(pattern).cast(pl.Int8).alias(kind) for kind, pattern in _kinds()),
    )


@cache
def _kinds() -> tuple[tuple[str, str], ...]:
    text = files("attunement.markers").joinpath("answers.yaml").read_text(encoding="utf-8")
    # Bare "yes" and "no" are keys here, not truth values.
    return tuple(yaml.load(text, Loader=yaml.BaseLoader).items())  # noqa: S506 (strings only)
