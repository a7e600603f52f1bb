"""How well acts and non-fluencies agree with hand labels, and how long all markers take.

    python benchmarks/markers.py --corpora ../shared/data
    python benchmarks/markers.py --corpora ../shared/data --part fresh

The labels are in benchmarks/_markers, whose README.md says how lines were drawn and what the labels
mean. The acts of `fresh` were labelled after the last look at the others' errors: its figures are
the clean ones. The acts of the other two parts were looked at while the classifier was made; of
non-fluencies, the development half only, and fresh labels there are none. Nothing is fitted to the
corpora. Vectors come from the cache where they are in it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._markers import (
    CORPORA,
    FLUENCY_LABELS,
    FRESH,
    Agreement,
    Calibration,
    Times,
    act_by_rules,
    act_labels,
    agreement,
    calibration,
    confusion,
    fluency_by_rules,
    labels,
    majority,
    mark,
)

from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.tables import ACTS

LOOKED_AT = ("development", "test")
PARTS = (*LOOKED_AT, FRESH)
KEYS = ("corpus", "session_id", "turn")
NON_FLUENT = "non_fluent"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--part", choices=PARTS, action="append", help="all but fresh if none")
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()
    start = time.perf_counter()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}")

    parts = options.part or LOOKED_AT
    acts, fluency = act_labels(parts), labels(FLUENCY_LABELS)
    keys = pl.concat([acts.select(KEYS), fluency.select(KEYS)])
    marked, times = marked_lines(options.corpora, keys)
    found: dict[str, Told] = {}
    for part in parts:
        title = f"acts, {part}" if part == FRESH else f"acts, {part} (looked at)"
        found[title] = act_figures(joined(acts, marked, part))
        if part != FRESH:
            found[f"non-fluent turns, {part}"] = fluency_figures(joined(fluency, marked, part))
    for title, told in found.items():
        print_told(title, told, ACTS if title.startswith("acts") else (NON_FLUENT, "fluent"))
    print(LEGEND)
    for corpus, spent in times.items():
        print_times(corpus, spent)
    print(f"\n{time.perf_counter() - start:.0f} s")
    if options.json:
        figures = {title: asdict(told) for title, told in found.items()}
        options.json.write_text(json.dumps(figures, indent=1))


# --- lines -----------------------------------------------------------------------------------


def marked_lines(corpora: Path, wanted: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Times]]:
    """Mark every corpus; give the labelled turns, and the time it took."""
    lines, times = [], {}
    with closing(VectorCache()) as cache:
        encoder = CachedEncoder(open_encoder(), cache)
        for corpus in CORPORA:
            these = wanted.filter(corpus=corpus).select("session_id", "turn").unique()
            marked = mark(corpora, corpus, wanted=these, encoder=encoder)
            lines.append(marked.turns.select(pl.lit(corpus).alias("corpus"), pl.all()))
            times[corpus] = marked.times
    return pl.concat(lines), times


def joined(given: pl.DataFrame, marked: pl.DataFrame, part: str) -> pl.DataFrame:
    """Give a part's labelled lines with what the markers and the peers say of them."""
    told = marked.rename({"act": "told"}).drop("role")
    lines = given.filter(part=part).join(told, on=KEYS, how="inner", maintain_order="left")
    lost = given.filter(part=part).height - lines.height
    if lost:
        print(f"{lost} labelled lines of {part} are not in the corpora and left out")
    return lines


# --- figures ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """Every class's agreement by kind of figure, and what is asked of all lines together."""

    n: int
    classes: dict[str, dict[str, Agreement]]
    right: dict[str, float]
    trust: Calibration | None
    table: list[list[int]]


def act_figures(lines: pl.DataFrame) -> Told:
    """Figures of acts: on all lines, lenient, for KokoroChat's turns at large, and the peers'."""
    truth, told = lines["act"], lines["told"]
    kokoro = lines.filter(corpus="kokorochat")
    peers = {"rules": act_by_rules(lines["text"]), "majority": majority(truth)}
    classes = {
        act: {
            "ours": agreement(truth, told, act),
            "lenient": agreement(truth, told, act, second=lines["second"]),
            "KokoroChat": agreement(kokoro["act"], kokoro["told"], act, weight=kokoro["weight"]),
        }
        | {name: agreement(truth, peer, act) for name, peer in peers.items()}
        for act in ACTS
    }
    right = (truth == told).cast(pl.Float64)
    of_kokoro = lines.select(pl.when(corpus="kokorochat").then("weight").otherwise(0.0))
    return Told(
        n=lines.height,
        classes=classes,
        right={
            "ours": mean(right),
            "KokoroChat": float(np.average(right.to_numpy(), weights=of_kokoro["weight"])),
            **{name: mean(truth == peer) for name, peer in peers.items()},
        },
        trust=calibration(right, lines["act_probability"]),
        table=confusion(truth, told, ACTS).tolist(),
    )


def fluency_figures(lines: pl.DataFrame) -> Told:
    """The same of non-fluent turns, which have no second label and no probability."""
    named = [NON_FLUENT, "fluent"]
    weight = lines["weight"]
    truth, told, rules = (
        one.cast(pl.Boolean).replace_strict([True, False], named, return_dtype=pl.String)
        for one in (
            lines["non_fluent"],
            lines["non_fluencies"] > 0,
            fluency_by_rules(lines["text"]),
        )
    )
    peers = {"rules": rules, "majority": majority(truth)}
    classes = {
        NON_FLUENT: {
            "ours": agreement(truth, told, NON_FLUENT),
            "weighted": agreement(truth, told, NON_FLUENT, weight=weight),
        }
        | {name: agreement(truth, peer, NON_FLUENT) for name, peer in peers.items()}
    }
    right = {"ours": truth == told, **{name: truth == peer for name, peer in peers.items()}}
    return Told(
        n=lines.height,
        classes=classes,
        right={name: mean(one) for name, one in right.items()},
        trust=None,
        table=confusion(truth, told, named).tolist(),
    )


def mean(values: pl.Series) -> float:
    return float(values.cast(pl.Float64).to_numpy().mean())


# --- printing --------------------------------------------------------------------------------

LEGEND = """
F1 with its 95% interval from drawing lines; P: precision, R: recall. n: lines of the class by hand.
ours: all labelled lines alike. lenient: the second label by hand is right, too. KokoroChat: its
lines, weighted to stand for all its therapist turns; weighted: the same of both corpora's turns.
rules: a question mark and a question word, some key words; a filled pause, "you know", three dots.
majority: the most frequent label for all."""


def print_told(title: str, told: Told, order: Sequence[str]) -> None:
    """Print every class's figures, then right answers, calibration, and the confusion."""
    kinds = list(next(iter(told.classes.values())))
    print(f"\n{title}: {told.n} lines")
    print(f"{'':<17}{'n':>4}" + "".join(f"{kind:>20}" for kind in kinds) + f"{'P':>7}{'R':>6}")
    for name, row in told.classes.items():
        figures = "".join(f"{f1_and_interval(row[kind]):>20}" for kind in kinds)
        ours = row["ours"]
        print(f"{name:<17}{ours.n:>4}{figures}{ours.precision:>7.2f}{ours.recall:>6.2f}")
    print("right: " + ", ".join(f"{kind} {share:.2f}" for kind, share in told.right.items()))
    if told.trust:
        trust = told.trust
        print(
            f"mean probability {trust.probability:.2f} beside {trust.right:.2f} right; "
            f"calibration error {trust.error:.2f}"
        )
    print("by hand (rows) and told (columns): " + " ".join(order))
    for name, counts in zip(order, told.table, strict=True):
        print(f"  {name:<17}" + "".join(f"{count:>4}" for count in counts))


def f1_and_interval(found: Agreement) -> str:
    return f"{found.f1:.2f} [{found.low:.2f}, {found.high:.2f}]"


def print_times(corpus: str, times: Times) -> None:
    ours = [step for step in times.seconds if step not in ("reading", "vectors")]
    total = sum(times.seconds[step] for step in ours)
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in times.seconds.items())
    print(f"\n{corpus}: {times.turns} turns, seconds: {steps}")
    whole = sum(times.seconds.values())
    print(f"  markers {total:.1f} s ({times.turns / total:.0f} turns/s); in all {whole:.1f} s")


if __name__ == "__main__":
    main()
