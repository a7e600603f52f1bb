"""What a report is made from: six tables, and a page's worth of facts about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import polars as pl

from attunement.errors import UsageError
from attunement.tables import EVIDENCE, MEASURES, RATINGS, SCORES, SESSIONS, TURNS

_ANCHORS: Mapping[str, pl.DataType] = {
    name: pl.String() for name in ("anchor", "role", "scale", "pole", "text", "register")
}

_EXPECTED: Mapping[str, Mapping[str, pl.DataType]] = {
    "turns": TURNS.required_schema,
    "sessions": SESSIONS.required_schema,
    "scores": SCORES.required_schema,
    "evidence": EVIDENCE.required_schema,
    "ratings": RATINGS.required_schema,
    "anchors": _ANCHORS,
}


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The tables a report draws, with the schemas of `attunement.tables`.

    Attributes
    ----------
    turns : DataFrame
        Every turn with its words.
    sessions : DataFrame
        One row a session; this order is the page's order.
    scores : DataFrame
        One estimator's scores, standardised, with the `*_raw` columns beside them.
    evidence : DataFrame
        The anchors nearest to each turn; may have no rows.
    ratings : DataFrame
        Questionnaires; may have no rows.
    anchors : DataFrame
        anchor (its id), role, scale, pole, text, register: the words behind the ids.

    Raises
    ------
    UsageError
        A table lacks a column, or the scores hold more than one estimator.
    """

    turns: pl.DataFrame
    sessions: pl.DataFrame
    scores: pl.DataFrame
    evidence: pl.DataFrame
    ratings: pl.DataFrame
    anchors: pl.DataFrame

    def __post_init__(self) -> None:
        for table in fields(self):
            frame: pl.DataFrame = getattr(self, table.name)
            for column in _EXPECTED[table.name]:
                if column not in frame.columns:
                    raise UsageError(
                        f"the {table.name} table has no column {column}",
                        mend="Give the tables as attunement.tables describes them",
                        field=column,
                    )
        estimators = self.scores["estimator"].unique().sort().to_list()
        if len(estimators) > 1:
            raise UsageError(
                f"the scores hold {len(estimators)} estimators ({', '.join(estimators)}), "
                "and a report draws one",
                mend="Filter the scores by estimator first",
                field="estimator",
            )

    def finite_scores(self) -> pl.DataFrame:
        """Give the scores, with null where an estimator gave no finite number."""
        return self.scores.with_columns(
            pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in MEASURES
        )


@dataclass(frozen=True, slots=True)
class About:
    """What a reader must know about how a report came to be.

    Attributes
    ----------
    title : str
        The page's heading.
    version : str
        The software's version.
    estimator : str
        The estimator's name.
    encoder, encoder_fingerprint : str
        The embedding model, and the hash that tells it from any other.
    reference : str
        The reference set of turns whose mean is 0 and whose standard deviation is 1.
    instruments : str
        The anchor bank and the inventory: name, version, short hash.
    method : str
        One paragraph: what the estimator does with a turn, and what follows from that.
    command : str
        The command that made the report.
    created : str
        When, as it should be shown.
    fictional : bool
        The sessions are invented: the page says so at its head.
    on_common_scale : bool
        Patient and therapist scores may be subtracted and read as over- or underestimation
        (METHOD.md section 5). False for zero-shot estimators.
    notes : tuple of str
        Sentences the reader should see among the limits.
    """

    title: str
    version: str
    estimator: str
    encoder: str
    encoder_fingerprint: str
    reference: str
    instruments: str
    method: str
    command: str
    created: str
    fictional: bool
    on_common_scale: bool
    notes: tuple[str, ...] = ()
