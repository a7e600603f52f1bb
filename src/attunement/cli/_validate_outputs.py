"""What `attunement validate` leaves behind: a page, JSON, a table; or lines on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import typer

from attunement.files import filling, write_text
from attunement.report.validity import (
    ValidityAbout,
    answer,
    between,
    coefficient,
    render_validity_page,
    session_figures,
    turn_figures,
)
from attunement.tablefiles import write_table
from attunement.validity import (
    EstimatorValidity,
    Interval,
    ValidityResult,
    figures_table,
    to_json,
)

_LABEL = 34
_WAYS = ("over", "under")


def write_validity(folder: Path, result: ValidityResult, about: ValidityAbout) -> list[Path]:
    """Write the page, the JSON and the table, all of them or none.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    with filling(folder) as staging:
        write_text(staging / "validity.html", render_validity_page(result, about))
        write_text(staging / "validity.json", _written(result))
        write_table(staging / "figures.csv", figures_table(result))
    return [folder / name for name in ("validity.html", "validity.json", "figures.csv")]


def print_figures(result: ValidityResult, written: Sequence[Path], *, as_json: bool) -> None:
    """Print the answer and the figures behind it, or everything as one JSON document."""
    if as_json:
        typer.echo(_written(result), nl=False)
        return
    for line in _lines(result):
        typer.echo(line)
    for path in written:
        typer.echo(f"written: {path}")


def _written(result: ValidityResult) -> str:
    return json.dumps(to_json(result), ensure_ascii=False, indent=2) + "\n"


def _lines(result: ValidityResult) -> Iterator[str]:
    yield answer(result)
    yield from (f"Note: {one}" for one in result.warnings)
    for one in (result.main, *result.others):
        yield ""
        yield f"{one.estimator}: {one.inferred} against {result.rated}"
        yield from _session_lines(one, result.scales)
        yield from _turn_lines(one)
    yield from _group_lines(result.main)
    yield from _signal_lines(result.main)
    yield from _curve_lines(result.learning_curve)


def _session_lines(one: EstimatorValidity, scales: Sequence[str]) -> Iterator[str]:
    if not scales:
        return
    yield _row("Spearman over sessions", scales)
    for name, (label, _) in session_figures(one).items():
        found = [getattr(one, name)[scale] for scale in scales]
        yield _row(label, [_figure(figure.spearman) for figure in found])
    for name, by_scale in one.baselines.items():
        differences = [_figure(by_scale[scale].difference) for scale in scales]
        yield _row(f"less {name.replace('_', ' ')}", differences)


def _turn_lines(one: EstimatorValidity) -> Iterator[str]:
    scales = list(one.turn.raw)
    if not scales:
        return
    yield _row("Pearson within sessions", scales)
    for name, (label, _) in turn_figures(one).items():
        found = [getattr(one.turn, name)[scale] for scale in scales]
        yield _row(label, [_figure(figure.pearson) for figure in found])


def _group_lines(one: EstimatorValidity) -> Iterator[str]:
    if not one.known_groups:
        return
    yield ""
    yield _row("Known groups", ["AUC", "length out", "sessions"])
    for name, group in one.known_groups.items():
        sizes = f"{group.n_group:,} : {group.n_rest:,}"
        yield _row(name, [_figure(group.auc), _figure(group.length_out), sizes])


def _signal_lines(one: EstimatorValidity) -> Iterator[str]:
    """Give the corrective signal's two directions apart: one may be out of reach."""
    for scale, found in one.corrective_signal.items():
        if found.flagged.value is None:
            continue
        yield ""
        yield _row(f"Corrective signal, {scale}", ["over", "under"])
        for label, name in (
            ("sessions where it can be flagged", "possible"),
            ("notable differences that way", "base_rate"),
            ("of these flagged", "recall"),
            ("flags that are right", "precision"),
        ):
            yield _row(label, [_figure(getattr(found, f"{name}_{way}")) for way in _WAYS])
        flags = [getattr(found, f"n_flagged_{way}") for way in _WAYS]
        yield _row(f"flags in {found.n:,} sessions", [f"{n:,}" for n in flags])


def _curve_lines(curve: pl.DataFrame | None) -> Iterator[str]:
    if curve is None or curve.is_empty():
        return
    yield ""
    yield _row("Learning curve: fitted on", ["Spearman", "Pearson", "in the draws"])
    for one in curve.iter_rows(named=True):
        label = f"{one['n_sessions']:,} sessions, {one['n_patients']:.0f} patients"
        mean = [coefficient(one["spearman"]), coefficient(one["pearson"])]
        draws = " to ".join(coefficient(one[f"pearson_{end}"]) for end in ("lowest", "highest"))
        yield _row(label, [*mean, draws])


def _row(label: str, cells: Sequence[str]) -> str:
    short = label if len(label) < _LABEL else f"{label[: _LABEL - 2]}…"
    return (f"  {short:<{_LABEL}}" + "".join(f"{cell:<18}" for cell in cells)).rstrip()


def _figure(found: Interval) -> str:
    return f"{coefficient(found.value)} {between(found.low, found.high)}".strip()
