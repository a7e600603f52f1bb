"""What trials count up to: false positives, coverage, power, verdicts; and what misses its mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
from benchmarks._trials.designs import Trial
from benchmarks._trials.ours import OURS
from benchmarks._trials.truth import KEY, closed_form

from attunement.tables import MEASURES

ALPHA = 0.05
FALSE_POSITIVES, COVERAGE = (0.03, 0.07), (0.93, 0.97)
"""Where the rates must lie for groups of 20 sessions or more."""

CELL = ("trial", "method", "family", "effect", "group", "reference")
NULL_IF_BELOW = 1e-9
NAIVE = "level and |gap|, same turns"
"""Shown to be wrong; not counted as a miss."""


def with_truth(
    rows: pl.DataFrame, trials: Iterable[Trial], limits: pl.DataFrame | None
) -> pl.DataFrame:
    """Put the true value beside every estimate, and whether it is known to be none."""
    tables = [
        pl.DataFrame(
            [(trial.name, *key, value) for key, value in closed_form(trial).items()],
            schema=["trial", *KEY, "truth"],
            orient="row",
        ).with_columns(closed=pl.lit(True))
        for trial in trials
    ]
    known = pl.concat(tables)
    if limits is not None:
        known = pl.concat([known, in_the_limit(limits, known)])
    truth = pl.coalesce("sample_truth", "truth")
    return rows.join(known, on=["trial", *KEY], how="left", nulls_equal=True).with_columns(
        truth=truth, null=pl.col("closed") & (truth.abs() < NULL_IF_BELOW)
    )


def in_the_limit(limits: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Average what large corpora give, for what has no closed form."""
    found = limits.group_by("trial", *KEY).agg(truth=pl.col("estimate").mean())
    return found.join(
        known.select("trial", *KEY), on=["trial", *KEY], how="anti", nulls_equal=True
    ).with_columns(closed=pl.lit(False))


def needs_limits(trial: Trial) -> bool:
    """Tell whether anything asked in a trial has no closed form."""
    scales = {
        key[-1] for key in closed_form(trial) if key[1] in ("slope of |gap|", "proportional bias")
    }
    return trial.kind != "wording" and scales != set(MEASURES)


def judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of every answer whether it was a false positive, covered the truth, or found it."""
    low, high, truth = pl.col("ci_low"), pl.col("ci_high"), pl.col("truth")
    small = (
        rows.filter(method=OURS).group_by("trial", *KEY[:-1]).agg(is_small=pl.col("small").any())
    )
    significant = pl.col("p_val") <= ALPHA
    return rows.join(small, on=["trial", *KEY[:-1]], how="left", nulls_equal=True).with_columns(
        pl.col("is_small").fill_null(False),
        false_positive=pl.when("null").then(significant),
        power=pl.when(~pl.col("null")).then(significant),
        covered=(low <= truth) & (truth <= high),
        boot_covered=(pl.col("boot_low") <= truth) & (truth <= pl.col("boot_high")),
    )


def rates(answers: pl.DataFrame, *, by: Iterable[str]) -> pl.DataFrame:
    """Average within replications, then over them, with Monte Carlo standard errors.

    Scales of one corpus are not independent, so the replication is the unit.
    """
    keys = list(by)
    columns = ("false_positive", "covered", "boot_covered", "power")
    each = answers.group_by(*keys, "replication").agg(
        pl.col(columns).mean(), pl.col(columns).count().name.suffix("_n")
    )
    return (
        each.group_by(keys, maintain_order=False)
        .agg(
            pl.len().alias("replications"),
            pl.col(columns).mean(),
            *(
                (pl.col(name).std() / pl.col(name).count().sqrt()).alias(f"{name}_se")
                for name in columns
            ),
            pl.col("^.*_n$").sum(),
        )
        .sort(keys, nulls_last=True)
    )


def flag(row: Mapping[str, Any], name: str, bounds: tuple[float, float]) -> str:
    """Mark a rate outside its bounds: MISS by more than two standard errors, miss? within.

    The standard error is at least what so many independent answers would have at the bound.
    """
    rate = row[name]
    if rate is None or bounds[0] <= rate <= bounds[1]:
        return ""
    bound = bounds[0] if rate < bounds[0] else bounds[1]
    se = max(row[f"{name}_se"] or 0.0, np.sqrt(bound * (1 - bound) / row[f"{name}_n"]))
    return "MISS" if abs(rate - bound) > 2 * se else "miss?"


def misses(answers: pl.DataFrame) -> pl.DataFrame:
    """Give our rates, a row a group or contrast of 20 sessions or more, with their marks."""
    ours = answers.filter((pl.col("method") == OURS) & ~pl.col("is_small"))
    ours = ours.filter(pl.col("effect") != NAIVE)
    cells = rates(ours, by=CELL)
    rows = list(cells.iter_rows(named=True))
    return cells.with_columns(
        pl.Series(f"{name}_flag", [flag(row, name, bounds) for row in rows], dtype=pl.String)
        for name, bounds in (("false_positive", FALSE_POSITIVES), ("covered", COVERAGE))
    )


def verdicts(answers: pl.DataFrame) -> pl.DataFrame:
    """Give per trial, method, family and scale how often a difference is found, and survives."""
    large = answers.filter(~pl.col("is_small"), pl.col("family").is_in(["difference", "between"]))
    found = (pl.col("p_val") <= ALPHA).mean()
    above = ((pl.col("p_val") <= ALPHA) & (pl.col("estimate") > 0)).mean()
    fails = {
        name: pl.col("controls").str.contains(name, literal=True).mean()
        for name in (
            "form swap: patient form",
            "form swap: therapist form",
            "key offset",
            "length match",
            "position match",
            "role permutation",
        )
    }
    return (
        large.filter(pl.col("method").is_in([OURS, "published"]))
        .group_by("trial", "method", "family", "scale", "null")
        .agg(
            truth=pl.col("truth").mean(),
            found=found,
            above=above,
            survives=(pl.col("controls") == "survives all").mean(),
            **fails,
        )
        .sort("trial", "method", "family", "scale", descending=[False, True, True, False])
    )


# --- printing --------------------------------------------------------------------------------


def number(value: float | None, digits: int = 3) -> str:
    if value is None or not np.isfinite(value):
        return "-"
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.{digits}f}"


def with_se(row: Mapping[str, float | None], name: str) -> str:
    if row[name] is None:
        return "-"
    return f"{number(row[name])} ({number(row[f'{name}_se'])})"


def table(header: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """Set a table in plain text: first column flush left, the rest flush right."""
    rows = [list(header), *map(list, body)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 1 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def rates_text(answers: pl.DataFrame, trial: str) -> str:
    """One line an effect and method of a trial, pooled over groups and scales."""
    rows = rates(
        answers.filter(trial=trial), by=("is_small", "family", "effect", "method")
    ).iter_rows(named=True)
    body = []
    for row in rows:
        aim = row["method"] == OURS and not row["is_small"] and row["effect"] != NAIVE
        flags = {
            flag(row, "false_positive", FALSE_POSITIVES),
            flag(row, "covered", COVERAGE),
        }
        body.append(
            (
                ("small: " if row["is_small"] else "") + f"{row['family']}: {row['effect']}",
                row["method"],
                with_se(row, "false_positive"),
                with_se(row, "covered"),
                number(row["boot_covered"]),
                number(row["power"], 2),
                max(flags - {""}, key=len, default="") if aim else "",
            )
        )
    return table(("effect", "method", "false pos.", "coverage", "boot", "power", ""), body)


def misses_text(found: pl.DataFrame) -> str:
    """List the certain misses, and count the rest."""
    flags = pl.col("false_positive_flag", "covered_flag")
    certain = found.filter(pl.any_horizontal(flags == "MISS"))
    likely = found.filter(pl.any_horizontal(flags == "miss?"), ~pl.any_horizontal(flags == "MISS"))
    summary = (
        f"{found.height} rates; outside by more than two standard errors: {certain.height}; "
        f"outside by less, as chance also does: {likely.height}"
    )
    body = [
        (
            f"{row['trial']}: {row['family']}, {row['effect']}: {row['group']}"
            + (f" - {row['reference']}" if row["reference"] else ""),
            with_se(row, "false_positive"),
            row["false_positive_flag"],
            with_se(row, "covered"),
            row["covered_flag"],
        )
        for row in certain.iter_rows(named=True)
    ]
    return summary + (
        "\n\n" + table(("effect", "false pos.", "", "coverage", ""), body) if body else ""
    )


def verdicts_text(found: pl.DataFrame, trial: str) -> str:
    body = [
        (
            f"{row['family']}, {row['scale']}" + ("" if row["null"] else " (not 0)"),
            row["method"],
            number(row["truth"], 2),
            number(row["found"]),
            number(row["above"]),
            number(row["survives"]) if row["method"] == OURS else "",
            *(
                number(row[name], 2) if row["method"] == OURS else ""
                for name in (
                    "form swap: patient form",
                    "form swap: therapist form",
                    "key offset",
                    "role permutation",
                    "length match",
                    "position match",
                )
            ),
        )
        for row in found.filter(trial=trial).iter_rows(named=True)
    ]
    header = (
        "effect",
        "method",
        "truth",
        "p <= .05",
        "above 0",
        "survives all",
        "fails: patient form",
        "therapist form",
        "key offset",
        "role perm.",
        "length",
        "position",
    )
    return table(header, body)


__all__ = [
    "judged",
    "misses",
    "misses_text",
    "needs_limits",
    "rates",
    "rates_text",
    "verdicts",
    "verdicts_text",
    "with_truth",
]
