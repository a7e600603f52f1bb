"""What the markers section is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError
from attunement.tables import (
    ASSOCIATION_CONTROLS,
    ASSOCIATIONS,
    MARKER_SESSIONS,
    MARKERS,
    SESSIONS,
)

_DEFINITION = ("name", "label", "of", "level", "unit", "definition", "source", "caution")

_EXPECTED: Mapping[str, tuple[str, ...]] = {
    "markers": tuple(MARKERS.required_schema),
    "sessions": tuple(MARKER_SESSIONS.required_schema),
    "corpus_sessions": tuple(SESSIONS.required_schema),
    "associations": tuple(ASSOCIATIONS.required_schema),
    "controls": tuple(ASSOCIATION_CONTROLS.required_schema),
    "definitions": _DEFINITION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkersShown:
    """The tables the section draws.

    Attributes
    ----------
    markers : DataFrame
        One row a spoken turn, with the schema of `attunement.tables.MARKERS`.
    sessions : DataFrame
        One row a session, side and marker: `attunement.tables.MARKER_SESSIONS`.
    corpus_sessions : DataFrame
        The sessions themselves, with their patient, therapist and condition.
    associations, controls : DataFrame
        How markers go with the alliance: `ASSOCIATIONS` and `ASSOCIATION_CONTROLS`; may be empty.
    definitions : DataFrame
        name, label, of, level, unit, definition, source, caution: what each marker is.
    by : str
        The column of the sessions that names the conditions.
    notes : tuple of str
        Sentences the reader should see.

    Raises
    ------
    UsageError
        A table lacks a column.
    """

    markers: pl.DataFrame
    sessions: pl.DataFrame
    corpus_sessions: pl.DataFrame
    associations: pl.DataFrame
    controls: pl.DataFrame
    definitions: pl.DataFrame
    by: str = "condition"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for held, columns in _EXPECTED.items():
            frame: pl.DataFrame = getattr(self, held)
            for column in columns:
                if column not in frame.columns:
                    raise UsageError(
                        f"the table {held} of the markers section has no column {column}",
                        mend="Give the tables as attunement.tables describes them",
                        field=column,
                    )
        if self.by not in self.corpus_sessions.columns:
            raise UsageError(
                f"the sessions have no column {self.by!r} to group by",
                mend=f"Choose one of: {', '.join(self.corpus_sessions.columns)}",
                field="--by",
            )
        for name, table in (("markers", self.markers), ("marker sessions", self.sessions)):
            unknown = table.join(self.corpus_sessions, on="session_id", how="anti")
            if unknown.height:
                raise UsageError(
                    f"the table of {name} holds sessions that are not among the sessions "
                    f"({unknown['session_id'].n_unique()})",
                    mend="Give the sessions the markers were counted in",
                    field="session_id",
                )

    def not_applicable(self) -> int:
        """Count the sessions whose words could not be counted, as they are not English."""
        by_session = self.markers.group_by("session_id").agg(pl.col("i").is_not_null().any())
        return by_session.height - int(by_session["i"].sum())

    def read(self) -> int:
        """Count the sessions there are markers of."""
        return self.markers["session_id"].n_unique()
