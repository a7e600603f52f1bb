"""What each part of the zero-shot estimator adds: one thing changed at a time.

    python benchmarks/ablation.py --corpora ../shared/data [--json FILE] [--other-encoder MODEL]

KokoroChat: Spearman of the session's score with the patient's own rating, on the half on which
choices were made and on the other beside it. ESConv: Pearson within sessions with the patient's
feedback at the turn. Below: the three scales, drawn together by more and by less, and what an axis
learned from the ratings reaches. That last table alone is fitted to a corpus, with nothing of a
patient known to what estimates them. Vectors come from the cache where they are in it; another
encoder embeds both corpora first.
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
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._ablation import (
    DEFAULT,
    HALVES,
    Figure,
    Variant,
    ablation,
    ceiling,
    fitted,
    intervals_of,
    of_encoder,
    print_ceiling,
    print_scales,
    readings,
    scales,
    score,
    variants,
)
from benchmarks.validity import Column, Scored, print_table

from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.instruments import load_anchors
from attunement.validity import POOLINGS, SESSION_POOLING, Interval

CORPORA = ("kokorochat.jsonl.xz", "esconv_turn_feedback.jsonl.xz")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    arguments.add_argument(
        "--other-encoder",
        action="append",
        default=[],
        metavar="MODEL",
        help="add rows for this model: a folder or a URL, as `attunement --model` takes it",
    )
    options = arguments.parse_args()
    start = time.perf_counter()
    with closing(VectorCache()) as cache:
        opened = [CachedEncoder(open_encoder(one), cache) for one in (None, *options.other_encoder)]
        found = report(options.corpora, *opened)
    print(f"\n{time.perf_counter() - start:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


def report(corpora: Path, encoder: Encoder, *others: Encoder) -> dict[str, object]:
    """Print the tables and give everything they hold."""
    said = circumstances([encoder, *others])
    print_circumstances(said)
    kokoro, esconv = (scored(corpora / one, encoder, others) for one in CORPORA)
    rows = [*variants(), *rows_of(others)]
    main_figure = intervals_of(kokoro, rows[0])
    figures = ablation(kokoro, esconv, rows)
    print_figures(figures, main_figure)
    print(LEGEND)
    default = {half: asdict(one) for half, one in main_figure.items()}
    shared, rated = scales(corpora / CORPORA[0], encoder)
    print_scales(shared, rated)
    above = ceiling(kokoro, rows[0], corpora / CORPORA[0], encoder)
    print_ceiling(above)
    return {
        "circumstances": said,
        "default": default,
        "rows": figures,
        "scales": shared,
        "rated scales": rated,
        "ceiling": above,
    }


def scored(path: Path, encoder: Encoder, others: Sequence[Encoder]) -> Scored:
    """Score a corpus with every reading, those of other encoders in columns beside."""
    all_readings = {name: one for several in readings().values() for name, one in several.items()}
    found = score(path, fitted(all_readings, encoder), encoder)
    for other in others:
        beside = score(path, fitted(of_encoder(named(other)), other), other).scores
        beside = beside.drop("role", "time", "words")
        joined = found.scores.join(beside, on=["session_id", "turn"], maintain_order="left")
        found = replace(found, scores=joined)
    return found


def rows_of(encoders: Sequence[Encoder]) -> list[Variant]:
    return [
        Variant(name=name, group="other encoders", reading=name)
        for encoder in encoders
        for name in of_encoder(named(encoder))
    ]


def named(encoder: Encoder) -> str:
    """Tell apart encoders that go by one name."""
    return f"{encoder.name} ({encoder.fingerprint[:8]})"


# --- printing --------------------------------------------------------------------------------

MEASURED = (
    ("main", "default"),
    ("all_turns", "all turns"),
    ("last_quarter", "last quarter"),
    ("length out", "length out"),
    ("cut", "closing cut"),
    ("AUC", "AUC unwilling"),
)
COLUMNS = (
    Column("variant", "", -42),
    *(Column(f"{half} {key}", half, 7) for key, _ in MEASURED for half in ("dev", "held")),
    Column("turns", "ESConv", 9),
    Column("turns position out", "pos. out", 9),
    Column("against", "default less it, held out", 28),
)
LEGEND = f"""
One thing changed at a time. Spearman of a session's score with the patient's own rating; dev: the
half of the patients on which choices were made, held: the others, printed beside it; nothing was
chosen by them, but they are no longer unseen.
default: the default pooling ({POOLINGS[SESSION_POOLING].title}), or the row's own.
all turns, last quarter: means of those turns. length out: the patient's words and number of turns
partialled out by ranks, pooling as under default. closing cut: the session ended before its last
three patient turns, its time running to 1 there, pooling as under default. AUC unwilling: how often
a patient who would not come again scores below one who would (so few that .1 is little). ESConv:
Pearson within sessions, and with position partialled out; blank where a row changes no turn's
score, or has not the rated turns.
default less it: the difference of the two Spearmans under default, with its 95% interval, patients
drawn again for both at once. Of some forty intervals two may miss 0 by chance alone.
The bank's parts: in brackets how many of the patient's anchors. The poles' means are the same with
and without neutral lines, which count through the ridge only. Poolings go by their names in
attunement.validity.POOLINGS."""


def circumstances(encoders: Sequence[Encoder]) -> Figure:
    bank = load_anchors()
    return {
        "command": f"python {' '.join(sys.argv)}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "encoders": ", ".join(map(named, encoders)),
        "bank": f"{bank.name} {bank.version} ({bank.sha256[:8]})",
    }


def print_circumstances(said: Figure) -> None:
    print(f"$ {said['command']}")
    print(f"{said['cores']} cores ({said['machine']}), Python {said['python']}")
    print(f"{said['encoders']}; {said['bank']}")


def print_figures(figures: Sequence[Figure], main_figure: dict[str, Interval]) -> None:
    first = figures[0]
    counts = ", ".join(
        f"{half} {first[f'{short} n']} sessions ({first[f'{short} unwilling']} unwilling)"
        for half, short in HALVES.items()
    )
    above = "".join(f"{heading:>14}" for _, heading in MEASURED)
    rows: list[Figure] = []
    for group, members in groupby(figures, key=lambda one: one["group"]):
        rows += [{"variant": str(group).upper()}] if group else []
        rows += [one | {"against": against(one)} for one in members]
    title = f"KokoroChat: {counts}; ESConv: {first['turns n']} turns"
    print_table(f"{title}\n{'':42}{above}", COLUMNS, rows)
    spans = [
        f"{half} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
        for half, one in main_figure.items()
    ]
    print(f"\n{DEFAULT}, 95% intervals from drawing patients: {', '.join(spans)}")


def against(row: Figure) -> str:
    value, low, high = (row.get(f"difference{end}") for end in ("", " low", " high"))
    if value is None:
        return ""
    return f"{value:+.3f}" + ("" if low is None else f" [{low:+.3f}, {high:+.3f}]")


if __name__ == "__main__":
    main()
