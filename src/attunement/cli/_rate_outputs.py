"""What `attunement rate` leaves behind: tables, the account, and a few lines on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from attunement.cli._results_folder import results_in
from attunement.files import write_text
from attunement.raters import Plan, as_ratings, rater_scores
from attunement.tablefiles import write_table


def write_rated(
    folder: Path, verdicts: pl.DataFrame, *, usage: Mapping[str, object]
) -> tuple[pl.DataFrame, list[Path]]:
    """Write the verdicts and what follows from them, all of it or none.

    Returns
    -------
    tuple
        RATER_SCORES, and the files written.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    scores = rater_scores(verdicts)
    with results_in(folder, command="rate") as staging:
        write_table(staging / "verdicts.parquet", verdicts)
        write_table(staging / "rater_scores.csv", scores)
        # Of several models, at most one was the AI of the chats: whose rating it is, only the user
        # knows.
        own = _own(scores)
        if not own.is_empty():
            write_table(staging / "own_ratings.csv", own)
        write_text(staging / "usage.json", json.dumps(usage, indent=2) + "\n")
        written = sorted(path.name for path in staging.iterdir())
    return scores, [folder / name for name in written]


def _own(scores: pl.DataFrame) -> pl.DataFrame:
    """Give the own ratings of the one model that was asked."""
    return as_ratings(scores if scores["judge"].n_unique() == 1 else scores.clear())


def told(
    verdicts: pl.DataFrame, scores: pl.DataFrame, *, sessions: int, notes: Sequence[str]
) -> dict[str, object]:
    """Count what came of a rating."""
    asked = scores.filter(framing="own", perspective="therapist").select("session_id").unique()
    unrated = asked.join(_own(scores), on="session_id", how="anti").height
    own = (
        f"{unrated:,} of {asked.height:,} chats have no own rating: too few answers are scores, or "
        "more than one model was asked"
    )
    unscored = verdicts.filter(status="unscored")["reason"].value_counts(sort=True)
    return {
        "sessions": sessions,
        "verdicts": verdicts.height,
        "scored": verdicts.filter(status="scored").height,
        "unscored": verdicts.filter(status="unscored").height,
        "reasons": [f"{count:,} {reason}" for reason, count in unscored.iter_rows()],
        "notes": [*([own] if unrated else []), *notes],
    }


def spent(account: Mapping[str, object]) -> dict[str, object]:
    """Give what one run cost, for the terminal."""
    names = ("calls", "attempts", "prompt_tokens", "completion_tokens", "cost")
    return {name.replace("_", " "): account[name] for name in names if name in account}


def planned(found: Plan, *, sessions: int, most_tokens: int) -> dict[str, object]:
    """Say what a rating would ask."""
    return {
        "sessions": sessions,
        "verdicts": found.verdicts,
        "kept already": found.kept,
        "nothing to ask": found.unasked,
        "calls": found.calls,
        "prompt tokens, roughly": found.prompt_tokens,
        "completion tokens, at most": found.calls * most_tokens,
    }
