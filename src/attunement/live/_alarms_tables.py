"""The alarms of whole sessions, from tables: the same steps as turn by turn."""

from __future__ import annotations

import polars as pl

from attunement.live._alarms import Alarms
from attunement.tables import ALLIANCE, SCALES

ALARM_LEVELS_SCHEMA = pl.Schema(
    {
        "session_id": pl.String(),
        "turn": pl.Int32(),
        "kind": pl.String(),
        "level": pl.Float64(),
        "raised": pl.Boolean(),
        "words": pl.List(pl.String()),
    }
)


def alarm_levels(
    scores: pl.DataFrame, turns: pl.DataFrame, *, alarms: Alarms | None = None
) -> pl.DataFrame:
    """Give every alarm's level after each turn of sessions that are known as wholes.

    Parameters
    ----------
    scores : DataFrame
        session_id, turn, and the four measures of the zero-shot contrast.
    turns : DataFrame
        session_id, turn, role, text: all turns.
    alarms : Alarms, optional
        How they are to be raised; the defaults if none is given.

    Returns
    -------
    DataFrame
        A row a turn and alarm that applies: session_id, turn, kind, level, raised, words.
    """
    alarms = alarms or Alarms()
    measures = (*SCALES, ALLIANCE)
    keys = ("session_id", "turn")
    joined = turns.select(*keys, "role", "text").join(
        scores.select(*keys, *measures), on=keys, how="left", maintain_order="left"
    )
    found: dict[str, list[object]] = {name: [] for name in ALARM_LEVELS_SCHEMA}
    for (session_id,), session in joined.group_by("session_id", maintain_order=True):
        so_far = alarms.start()
        session = session.sort("turn")
        values = session.select(measures).to_numpy()
        scored = session[ALLIANCE].is_not_null()
        for place, (turn, role, text) in enumerate(
            session.select("turn", "role", "text").iter_rows()
        ):
            own = values[place] if scored[place] else None
            raised = so_far.step(turn=turn, role=role, scores=own, text=text or "")
            words = {one.kind: one.words for one in raised.alarms}
            for kind, level in raised.levels.items():
                row = (session_id, turn, kind, level, kind in words, list(words.get(kind, ())))
                for name, value in zip(found, row, strict=True):
                    found[name].append(value)
    return pl.DataFrame(found, schema=ALARM_LEVELS_SCHEMA)
