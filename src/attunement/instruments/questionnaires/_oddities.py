"""What looks wrong in filled-in forms: items keyed the wrong way, careless answers, ceilings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from attunement.instruments.questionnaires._answers import item_column
from attunement.instruments.questionnaires._ceiling import ceilings_told
from attunement.instruments.questionnaires._instrument import Instrument, InstrumentItem
from attunement.instruments.questionnaires._scoring import ScoredAnswers
from attunement.instruments.questionnaires._wording import few

FEWEST_FOR_KEYS = 10
"""Complete forms; the sign of a correlation from fewer says little."""

_EXTREME = 0.25
"""The quarter of the range at either end: both kinds of item there contradict each other."""


def oddities(scored: ScoredAnswers) -> list[str]:
    """Say what looks wrong in the forms, a sentence each; nothing is left out because of it.

    Named are, for each rater: items whose corrected correlation with the rest of the instrument is
    negative (probably keyed the wrong way), together where they make a whole scale or are the
    reversed items (probably turned already); forms that answer reversed and other items alike, at
    one end of the range; scales on which all values are equal; scales with a ceiling.
    """
    found: list[str] = []
    for rater in scored.items["rater"].unique(maintain_order=True):
        forms = scored.items.filter(rater=rater)
        whose = f"{scored.instrument.name}, {rater} form"
        wrong = _wrongly_keyed(forms, instrument=scored.instrument)
        turned = _turned_already(wrong, instrument=scored.instrument)
        found += [f"{whose}: {words}" for words in _keys(wrong, turned, scored.instrument)]
        if not turned:
            found += [f"{whose}: {words}" for words in _careless(forms, scored.instrument)]
        ratings = scored.ratings.filter(rater=rater)
        found += [f"{whose}: {words}" for words in _spread(ratings, scored.instrument)]
    return found


def rest_correlations(forms: pl.DataFrame, *, instrument: Instrument) -> dict[int, float]:
    """Correlate each item with the sum of all others, over complete forms.

    Parameters
    ----------
    forms : DataFrame
        With the turned items, as in `ScoredAnswers.items`.
    instrument : Instrument
        Whose items.

    Returns
    -------
    dict of int to float
        By the item's number; items that do not vary are left out.
    """
    complete = forms.drop_nulls([item_column(item) for item in instrument.items])
    if complete.height < 3 or len(instrument.items) < 2:
        return {}
    parts = complete.select(item_column(item) for item in instrument.items).to_numpy()
    whole = parts.sum(axis=1)
    found = {}
    for place, item in enumerate(instrument.items):
        own, rest = parts[:, place], whole - parts[:, place]
        if np.ptp(own) > 0 and np.ptp(rest) > 0:
            found[item.number] = float(np.corrcoef(own, rest)[0, 1])
    return found


def _wrongly_keyed(forms: pl.DataFrame, *, instrument: Instrument) -> dict[int, float]:
    complete = forms.drop_nulls([item_column(item) for item in instrument.items])
    if complete.height < FEWEST_FOR_KEYS:
        return {}
    return {n: r for n, r in rest_correlations(complete, instrument=instrument).items() if r < 0}


def _turned_already(wrong: dict[int, float], *, instrument: Instrument) -> bool:
    """Whether most of the reversed items, and few of the others, go against the rest."""
    turned = [item.number in wrong for item in instrument.items if item.key == -1]
    straight = [item.number in wrong for item in instrument.items if item.key == 1]
    return bool(turned) and sum(turned) > len(turned) / 2 and sum(straight) <= len(straight) / 4


def _keys(wrong: dict[int, float], turned: bool, instrument: Instrument) -> Iterator[str]:
    if not wrong:
        return
    if turned:
        reversed_items = [i for i in instrument.items if i.key == -1 and i.number in wrong]
        yield (
            f"reversed items ({_shown(reversed_items)}) go with the others as they stand, so they "
            "were probably turned already before they came here"
        )
        wrong = {n: r for n, r in wrong.items() if n not in {i.number for i in reversed_items}}
    for scale in instrument.scales if len(instrument.scales) > 1 else ():
        numbers = {item.number for item in instrument.items_of(scale)}
        if numbers <= wrong.keys():
            yield f"the whole scale {scale} goes against the others: probably keyed the wrong way"
            wrong = {n: r for n, r in wrong.items() if n not in numbers}
    for item in instrument.items:
        if item.number in wrong:
            yield (
                f"item {_shown([item])} goes against the others (item-rest correlation "
                f"{wrong[item.number]:.2f}): probably keyed the wrong way"
            )


def _careless(forms: pl.DataFrame, instrument: Instrument) -> Iterator[str]:
    """Tell of forms whose reversed and other items, as answered, stand at the same end."""
    turned = [item_column(item) for item in instrument.items if item.key == -1]
    straight = [item_column(item) for item in instrument.items if item.key == 1]
    if len(turned) < 2 or len(straight) < 2:
        return
    step = _EXTREME * (instrument.high - instrument.low)
    bottom, top = instrument.low + step, instrument.high - step
    plain, raw = pl.mean_horizontal(straight), pl.mean_horizontal(turned)
    raw = instrument.low + instrument.high - raw
    alike = forms.filter(((plain >= top) & (raw >= top)) | ((plain <= bottom) & (raw <= bottom)))
    if alike.height:
        where = alike["line"] if alike["line"].null_count() == 0 else alike["form"] + 1
        name = "lines" if alike["line"].null_count() == 0 else "rows"
        yield (
            f"{alike.height} of {forms.height} forms agree with items and with their opposites "
            f"alike, or with neither ({name} {few(map(str, where))}): filled in without reading, "
            "or reversed items turned already"
        )


def _spread(ratings: pl.DataFrame, instrument: Instrument) -> Iterator[str]:
    held = {scale: ratings.filter(scale=scale)["value"] for scale in instrument.measures}
    for scale, values in held.items():
        if values.len() > 1 and values.n_unique() == 1:
            yield f"all {values.len()} values of {scale} are equal, so nothing can go with them"
    if told := ceilings_told(held, instrument=instrument):
        yield told


def _shown(items: list[InstrumentItem]) -> str:
    return few((f"{item.number}{'R' if item.key == -1 else ''}" for item in items), most=20)
