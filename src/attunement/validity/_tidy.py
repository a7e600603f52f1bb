"""A validation as JSON, and as one tidy table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeAlias

import polars as pl

from attunement.statistics import Interval
from attunement.tables import VALIDITY
from attunement.validity._agreement import Agreement, Difference
from attunement.validity._corrective import CorrectiveSignal
from attunement.validity._intervals import EstimateError
from attunement.validity._known_groups import KnownGroup
from attunement.validity._result import EstimatorValidity, ValidityResult
from attunement.validity._scales import ScaleMatrix
from attunement.validity._turn_level import TurnAgreement

Json: TypeAlias = dict[str, Any]
Figure: TypeAlias = (
    Agreement | TurnAgreement | KnownGroup | EstimateError | CorrectiveSignal | ScaleMatrix
)

_FIRST: Mapping[type, str] = {Agreement: "spearman", TurnAgreement: "pearson", KnownGroup: "auc"}
"""The figure whose interval is called ci_low and ci_high, with nothing before."""

_SESSION_BLOCKS = (
    "session",
    "session_length_out",
    "session_position_out",
    "session_sentiment_out",
    "session_without_closing",
    "within_patient",
    "between_patients",
)
_NO_RATED_SESSION = "no whole session is rated"
_NO_RATED_TURN = "no turn of that side is rated"
_NO_SENTIMENT = "the sentiment of the turns is not given, or is what is held against the ratings"


def to_json(result: ValidityResult) -> Json:
    """Give a result as what `json.dumps` takes.

    Returns
    -------
    dict
        A figure that cannot be had is null, with a `reason` beside it; a block without any figure
        holds only a `reason`.
    """
    headline = _plain(result.headline)
    options = asdict(result.options)
    return {
        "estimator": result.main.estimator,
        "rated": result.rated,
        "inferred": result.inferred,
        "headline_scale": result.scales[0] if result.scales else None,
        "headline": headline,
        **_blocks(result.main),
        "learning_curve": _learning_curve(result.learning_curve),
        "joined": asdict(result.joined),
        "warnings": list(result.warnings),
        "resampled": result.clusters,
        "options": {name: options[name] for name in options if name != "groups"},
        "estimators": {
            one.estimator: {"inferred": one.inferred} | _blocks(one) for one in result.others
        },
    }


def figures_table(result: ValidityResult) -> pl.DataFrame:
    """Give every figure a row (`attunement.tables.VALIDITY`)."""
    rows: list[Json] = []
    for one in (result.main, *result.others):
        about = {"estimator": one.estimator, "rated": result.rated, "inferred": one.inferred}
        rows += [about | row for row in _rows(one)]
        for view in one.views:
            about = {"estimator": one.estimator, "rated": view.rated, "inferred": view.inferred}
            for block in ("session", "session_length_out"):
                for scale, found in getattr(view, block).items():
                    rows += [about | row for row in _figure(block, scale, found)]
    return pl.DataFrame(rows, schema=VALIDITY.schema)


def _blocks(one: EstimatorValidity) -> Json:
    return {
        "pooling": one.pooling,
        **{name: _block(getattr(one, name), _otherwise(one, name)) for name in _SESSION_BLOCKS},
        "turn": _block(one.turn.raw, _NO_RATED_TURN),
        **{
            f"turn_{field.name}": _block(getattr(one.turn, field.name), _otherwise(one, field.name))
            for field in fields(one.turn)
            if field.name != "raw"
        },
        "known_groups": _block(one.known_groups, "no group of sessions is named"),
        "baselines": {
            name: _block(found, _NO_RATED_SESSION) for name, found in one.baselines.items()
        },
        "poolings": {
            name: _block(found, _NO_RATED_SESSION) for name, found in one.poolings.items()
        },
        "scales_matrix": _plain(one.scales_matrix),
        "intervals": _block(one.intervals, _NO_RATED_SESSION),
        "corrective_signal": _block(one.corrective_signal, _NO_RATED_SESSION),
        "views": [
            {
                "rated": view.rated,
                "inferred": view.inferred,
                "session": _block(view.session, _NO_RATED_SESSION),
                "session_length_out": _block(view.session_length_out, _NO_RATED_SESSION),
            }
            for view in one.views
        ],
    }


def _otherwise(one: EstimatorValidity, name: str) -> str:
    """Say why a block has no figure."""
    of_turns = not name.startswith(("session", "within", "between"))
    if name.endswith("sentiment_out") and (one.turn.raw if of_turns else one.session):
        return _NO_SENTIMENT
    return _NO_RATED_TURN if of_turns else _NO_RATED_SESSION


def _block(found: Mapping[str, Any], otherwise: str) -> Json:
    return {name: _plain(one) for name, one in found.items()} or {"reason": otherwise}


def _plain(figure: Any) -> Json:  # noqa: ANN401 (any of the room's dataclasses)
    """Write a figure flat: each interval as name, name_ci_low, name_ci_high."""
    if isinstance(figure, Difference):
        return _plain(figure.baseline) | _flat("difference", figure.difference)
    plain: Json = {}
    first = _FIRST.get(type(figure))
    for field in fields(figure):
        value = getattr(figure, field.name)
        if isinstance(value, Interval):
            plain |= _flat(field.name, value, bare=field.name == first)
        elif field.name == "cells":
            plain["cells"] = [_plain(cell) for cell in value]
        elif field.name == "baselines":
            plain["baselines"] = {
                name: _flat("auc", own, bare=True) | _flat("difference", less)
                for name, (own, less) in value.items()
            }
        elif field.name != "reason" or value is not None:
            plain[field.name] = value
    return plain


def _flat(name: str, interval: Interval, *, bare: bool = False) -> Json:
    before = "" if bare else f"{name}_"
    return {
        name: interval.value,
        f"{before}ci_low": interval.low,
        f"{before}ci_high": interval.high,
    }


def _learning_curve(table: pl.DataFrame | None) -> list[Json] | Json:
    if table is None:
        return {"reason": "only an estimator that is fitted has one"}
    return table.to_dicts()


def _rows(one: EstimatorValidity) -> Iterator[Json]:
    for block in _SESSION_BLOCKS:
        for scale, found in getattr(one, block).items():
            yield from _figure(block, scale, found)
    for field in fields(one.turn):
        block = "turn" if field.name == "raw" else f"turn_{field.name}"
        for scale, found in getattr(one.turn, field.name).items():
            yield from _figure(block, scale, found)
    for name, group in one.known_groups.items():
        yield from _figure("known_groups", None, group, detail=name)
        for baseline, (own, less) in group.baselines.items():
            about = {"figure": "known_groups", "detail": f"{name}, {baseline}"}
            yield about | _numbers("auc", own)
            yield about | _numbers("difference", less)
    for name, by_scale in one.baselines.items():
        for scale, difference in by_scale.items():
            yield from _figure("baselines", scale, difference.baseline, detail=name)
            counts = _counts(difference.baseline)
            about = {"figure": "baselines", "scale": scale, "detail": name, **counts}
            yield about | _numbers("difference", difference.difference)
    for name, pooled in one.poolings.items():
        for scale, found in pooled.items():
            yield from _figure("poolings", scale, found, detail=name)
    yield from _matrix(one.scales_matrix)
    for block in ("intervals", "corrective_signal"):
        for scale, found in getattr(one, block).items():
            yield from _figure(block, scale, found)


def _figure(
    block: str, scale: str | None, found: Figure, *, detail: str | None = None
) -> Iterator[Json]:
    """Give each statistic a row; one row with the reason where there is none at all."""
    about = {"figure": block, "scale": scale, "detail": detail, **_counts(found)}
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    rows = [_numbers(name, one) for name, one in values.items() if isinstance(one, Interval)]
    known = [row for row in rows if row["value"] is not None]
    yield from (about | row for row in known or rows[:1])


def _matrix(matrix: ScaleMatrix) -> Iterator[Json]:
    about = {"figure": "scales_matrix", **_counts(matrix)}
    for cell in matrix.cells:
        named = about | {"scale": cell.rated, "detail": f"inferred {cell.inferred}"}
        yield named | _numbers("raw", cell.raw)
        yield named | _numbers("whole_out", cell.whole_out)
    yield from _figure("scales_matrix", None, matrix)


def _counts(found: Figure) -> Json:
    if isinstance(found, TurnAgreement):
        counts = {"n_sessions": found.sessions, "n_turns": found.n}
    elif isinstance(found, KnownGroup):
        counts = {"n_sessions": found.n_group + found.n_rest}
    else:
        counts = {"n_sessions": found.n}
    return counts | {"n_patients": found.patients, "reason": found.reason}


def _numbers(statistic: str, interval: Interval) -> Json:
    return {
        "statistic": statistic,
        "value": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
    }
