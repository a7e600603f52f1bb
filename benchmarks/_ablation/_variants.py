"""What is changed, one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import polars as pl
from benchmarks._ablation._axes import (
    NearestAnchors,
    Reshaped,
    half_whitened,
    mean_of_scales,
    without_length,
    without_life,
)
from benchmarks._ablation._banks import of_register, thinned
from benchmarks._ablation._figures import Variant
from benchmarks._ablation._readings import Reading
from benchmarks._ablation._sentences import highest_sentence, lowest_sentence, mean_sentence

from attunement.alliance import Compass, Contrast
from attunement.alliance._axis import PENALTY
from attunement.instruments import AnchorBank, load_anchors, load_inventory
from attunement.tables import SCALES
from attunement.validity import POOLINGS, SESSION_POOLING

DEFAULT = "default"
HUGE = 1e6
"""A penalty, or a weight, beside which nothing else counts."""


def readings() -> dict[str, Mapping[str, Reading]]:
    """Everything done to the axis, by what it is about."""
    bank, inventory = load_anchors(), load_inventory()
    held = partial(Contrast, bank=bank, inventory=inventory)
    parts = {f"half the bank, {k + 1} of 2": thinned(bank, every=2, first=k) for k in range(2)}
    parts |= {
        f"a quarter of the bank, {k + 1} of 4": thinned(bank, every=4, first=k) for k in range(4)
    }
    registers = ("clipped", "long", "chat", "voice")
    parts |= {f"{tag} anchors only": of_register(bank, tag) for tag in registers}
    sized = {f"{name} ({patient_anchors(part)})": part for name, part in parts.items()}
    default = held()
    return {
        "": {DEFAULT: Reading(default)},
        "the axis": {
            "difference of the poles' means": Reading(held(penalty=HUGE, neutral=False)),
            "the same, neutral lines held at 0": Reading(held(penalty=HUGE)),
            "ridge without neutral lines": Reading(held(neutral=False)),
            "penalty / 10": Reading(held(penalty=PENALTY / 10)),
            "penalty x 10": Reading(held(penalty=PENALTY * 10)),
            "half-whitened by the reference": Reading(Reshaped(default, half_whitened)),
            "length taken out of the axis": Reading(Reshaped(default, without_length)),
            "good and bad of life taken out": Reading(Reshaped(default, without_life)),
            "nearest anchors, temperature .05": Reading(NearestAnchors(bank, temperature=0.05)),
            "nearest anchors, temperature .2": Reading(NearestAnchors(bank, temperature=0.2)),
        },
        "what it is held against": {
            "anchors alone": Reading(held(inventory_weight=0.0)),
            "inventory alone": Reading(held(inventory_weight=HUGE)),
            "compass on the inventory": Reading(Compass(inventory=inventory)),
            **{name: Reading(held(bank=part)) for name, part in sized.items()},
        },
        "how a turn is embedded": {
            "mean of its sentences": Reading(default, sentences=mean_sentence),
            "its highest sentence": Reading(default, sentences=highest_sentence),
            "its lowest sentence": Reading(default, sentences=lowest_sentence),
        },
        "scales": {
            **{f"{scale} axis alone": Reading(default, measure=scale) for scale in SCALES},
            "mean of the scales' axes": Reading(Reshaped(default, mean_of_scales)),
        },
        "whose words": {
            "+ 1/4 of the therapist's turn before": Reading(default, context=0.25),
            "therapist form": Reading(default, form="therapist"),
            "therapist turns, own form": Reading(default, role="therapist"),
        },
    }


def patient_anchors(bank: AnchorBank) -> int:
    return sum(anchor.role == "patient" for anchor in bank.anchors)


def of_encoder(name: str) -> dict[str, Reading]:
    """What is read with another encoder."""
    return {
        f"{name}: {DEFAULT}": Reading(Contrast()),
        f"{name}: means": Reading(Contrast(penalty=HUGE, neutral=False)),
        f"{name}: compass": Reading(Compass()),
    }


def variants() -> list[Variant]:
    """Every row of the table: a reading each, then other poolings of the default's turns."""
    found = [
        Variant(name=name, group=group, reading=name, turns_rated=one.role == "patient")
        for group, several in readings().items()
        for name, one in several.items()
    ]
    return [*found, *_pooled()]


def _pooled() -> list[Variant]:
    default = POOLINGS[SESSION_POOLING]
    poolings = {str(name): one for name, one in POOLINGS.items() if name != SESSION_POOLING}
    poolings["turns also weighted by |score|"] = replace(
        default, weight=lambda score: default.weight(score) * pl.col(score).abs()
    )
    found = [
        Variant(name=name, group="pooling", reading=DEFAULT, pooling=pooling, pooling_only=True)
        for name, pooling in poolings.items()
    ]
    long_enough = Variant(
        name="turns of fewer than 4 words left out",
        group="pooling",
        reading=DEFAULT,
        fewest_words=4,
        turns_rated=False,
    )
    return [*found, long_enough]
