"""A bank whose writers saw no corpus, and a corpus that nothing was chosen on.

    python benchmarks/unseen.py --corpora ../shared/data [--json FILE]

First question: do other people's anchors, written blind, agree with ratings as the shipped ones do,
and with the shipped ones? KokoroChat and ESConv as in benchmarks/ablation.py, and CaSiNo.

Second question: what do each partner's words in CaSiNo's negotiations tell of how they liked the
other and of how satisfied they were? Nothing about the estimator was ever chosen by that corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._ablation import Figure, ablation, fitted, score
from benchmarks._unseen import (
    APART,
    COMPASS,
    LIKING,
    SHIPPED,
    TARGETS,
    Question,
    banks,
    figures,
    pairs,
    questions,
    read_casino,
    readings,
    reliability,
    told,
    variants,
)
from benchmarks.ablation import CORPORA, against, circumstances, print_circumstances
from benchmarks.validity import Column, print_table

from attunement.alliance import Compass, Contrast, Estimator, embed
from attunement.embedding import CachedEncoder, Encoder, VectorCache, open_encoder
from attunement.instruments import AnchorBank
from attunement.tables import ALLIANCE
from attunement.validity import POOLINGS, SESSION_POOLING

CASINO = Path("casino", "casino_train.json")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpora", type=Path, required=True)
    arguments.add_argument("--json", type=Path, help="also write every figure to this file")
    options = arguments.parse_args()
    start = time.perf_counter()
    with closing(VectorCache()) as cache:
        found = report(options.corpora, CachedEncoder(open_encoder(), cache))
    print(f"\n{time.perf_counter() - start:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


def report(corpora: Path, encoder: Encoder) -> dict[str, object]:
    """Print both tables and give everything they hold."""
    said = circumstances([encoder])
    print_circumstances(said)
    compared = banks()
    liking, partners, of = casino_figures(corpora / CASINO, encoder, compared)
    rows, alike = bank_figures(corpora, encoder, compared)
    rows = [row | liking[str(row["variant"])] for row in rows]
    print_banks(rows, alike)
    print_partners(partners, of)
    return {"circumstances": said, "banks": rows, "reliability": alike, "casino": partners} | of


# --- the figures -----------------------------------------------------------------------------


def bank_figures(
    corpora: Path, encoder: Encoder, compared: Mapping[str, AnchorBank]
) -> tuple[list[Figure], list[Figure]]:
    """Give each bank's agreement with ratings, and that of two with one another."""
    held = fitted(readings(compared), encoder)
    kokoro, esconv = (score(corpora / one, held, encoder) for one in CORPORA)
    sizes = {
        name: {"size": sum(one.role == "patient" for one in bank.anchors)}
        for name, bank in compared.items()
    }
    rows = ablation(kokoro, esconv, variants(compared))
    return [row | sizes[str(row["variant"])] for row in rows], reliability(kokoro)


def casino_figures(
    path: Path, encoder: Encoder, compared: Mapping[str, AnchorBank]
) -> tuple[dict[str, Figure], list[Figure], Figure]:
    """Give each bank's agreement with liking, the answers, and how many partners there are."""
    dialogues = read_casino(path)
    chunk = embed(dialogues, encoder)
    held = {name: Contrast(bank=bank) for name, bank in compared.items()}
    beside: dict[str, Estimator] = {APART: Contrast(shared=0.0), COMPASS: Compass()}
    scores = told(chunk, encoder, {**held, **beside})
    partners = pairs(scores, chunk.ratings)
    asked = [Question(name, "", f"{name} {ALLIANCE}") for name in compared]
    of_banks = {
        str(one["question"]): {
            "casino": one[LIKING],
            "casino low": one[f"{LIKING} low"],
            "casino high": one[f"{LIKING} high"],
        }
        for one in figures(partners, asked)
    }
    of: Figure = {
        "dialogues": partners["session_id"].n_unique(),
        "partners": partners.height,
        "left out": 2 * len(dialogues) - partners.height,
    }
    return of_banks, figures(partners, list(questions())), of


# --- printing --------------------------------------------------------------------------------

BANK_COLUMNS = (
    Column("variant", "", -20),
    Column("size", "anchors", 8),
    Column("dev main", "dev", 8),
    Column("held main", "held", 7),
    Column("dev length out", "dev", 8),
    Column("held length out", "held", 7),
    Column("turns", "raw", 8),
    Column("turns position out", "pos. out", 9),
    Column("casino", "liking", 9),
    Column("casino", "95% CI", 13, interval=("casino low", "casino high")),
    Column("against", "shipped less it, held out", 28),
)
BANK_HEADINGS = f"{'KokoroChat':>43}{'length out':>15}{'ESConv':>17}{'CaSiNo':>9}"
BANK_LEGEND = f"""
{SHIPPED}: the bank that the software uses; how the others came about is said at the head of their
files in benchmarks/_ablation/banks. anchors: how many of the patient's. KokoroChat: Spearman of the
session's score ({POOLINGS[SESSION_POOLING].title}) with the patient's rating, dev and held as in
benchmarks/ablation.py; length out: words and turns partialled out. ESConv: Pearson within sessions.
CaSiNo: own words against own liking of the partner. shipped less it: KokoroChat, patients drawn
again for both at once."""
ALIKE_COLUMNS = (
    Column("measure", "", -20),
    Column("sessions", "sessions", 10),
    Column("sessions", "95% CI", 14, interval=("sessions low", "sessions high")),
    Column("turns", "turns", 10),
    Column("turns", "95% CI", 14, interval=("turns low", "turns high")),
)
PARTNER_COLUMNS = (
    Column("question", "", -40),
    *(
        column
        for target in TARGETS
        for column in (
            Column(target, target, 13),
            Column(target, "95% CI", 15, interval=(f"{target} low", f"{target} high")),
            Column(f"{target} words out", "words out", 11),
        )
    ),
)
PARTNER_LEGEND = f"""
Spearman with the partner's own rating, from 1 to 5, of liking the other and of satisfaction; its
intervals from drawing dialogues. words out: both partners' numbers of words partialled out. ours:
contrast in the patient's form, for both partners. sentiment: VADER's compound score. Turns pooled
with {POOLINGS[SESSION_POOLING].title} where nothing else is said. One given another:
partialled out of ranks. One less another: the difference of the two correlations. axes apart: the
scales' axes without what each has of the whole's. Buttons pressed (Submit-Deal and the like) are no
turns. Of so many intervals a few may miss 0 by chance alone."""


def print_banks(rows: Sequence[Figure], alike: Sequence[Figure]) -> None:
    first = rows[0]
    title = (
        f"Banks written blind. KokoroChat: development {first['dev n']} sessions, held out "
        f"{first['held n']}; ESConv: {first['turns n']} turns"
    )
    shown = [row | {"against": against(row)} for row in rows]
    print_table(f"{title}\n{BANK_HEADINGS}", BANK_COLUMNS, shown)
    print(BANK_LEGEND)
    one = alike[0]
    print_table(
        "Alternate forms: Pearson of the shipped bank's scores with the plain one's, KokoroChat, "
        f"{one['sessions n']} sessions, {one['turns n']} patient turns",
        ALIKE_COLUMNS,
        alike,
    )


def print_partners(rows: Sequence[Figure], of: Figure) -> None:
    shown: list[Figure] = []
    for group, members in groupby(rows, key=lambda one: one["group"]):
        shown += [{"question": group}, *members]
    title = (
        f"CaSiNo: {of['partners']} partners of {of['dialogues']} negotiations "
        f"({of['left out']} left out: one of the two said too little to score)"
    )
    print_table(title, PARTNER_COLUMNS, shown)
    print(PARTNER_LEGEND)


if __name__ == "__main__":
    main()
