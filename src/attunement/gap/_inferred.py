"""The questions asked of inferred scores, each with its controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.gap._controls import (
    FORM_SWAPS,
    KEY_OFFSET,
    LENGTH_MATCH,
    POSITION_MATCH,
    ZERO_POINT,
    Variant,
    control_rows,
)
from attunement.gap._effects import Chance, Question, Row, effect_rows
from attunement.gap._gap_tables import session_gaps
from attunement.gap._language import Wording
from attunement.gap._matching import matched_gaps
from attunement.gap._role_permutation import ROLE_PERMUTATION, role_null
from attunement.gap._slopes import TIME_SHUFFLE, Slopes, slopes
from attunement.gap._turns import Turns, lowered
from attunement.statistics import Codes, Design, everything, groups_of
from attunement.tables import MEASURES

Array = NDArray[np.float64]

ABSOLUTE_SLOPE = "slope of |gap|"
SIGNED_SLOPE = "slope of gap"

VARIANT_DRAWS = 200
"""Shuffles behind the correction of a control's slopes; their mean is all that is used of them."""

_NO_SWAP = "the scores hold no form-swapped columns"
_NO_OFFSET = "the scores hold no offset columns"
_NO_WORDS = "the scores hold no numbers of words"


@dataclass(frozen=True, slots=True)
class Inferred:
    """Scores made ready, and everything the questions share.

    Attributes
    ----------
    turns : Turns
        The turns of both sides.
    design : Design
        The sessions.
    wording : Wording
        What the difference may be called.
    chance : Chance
        Draws and seed.
    """

    turns: Turns
    design: Design
    wording: Wording
    chance: Chance

    @property
    def n_sessions(self) -> int:
        """How many sessions there are."""
        return len(self.design.session_ids)

    @property
    def groups(self) -> dict[str, Codes]:
        """Every group's sessions, and all of them."""
        groups = groups_of(self.design) | everything(self.design)
        return {label: where for label, where in groups.items() if len(where)}

    def differences(self) -> Iterator[tuple[list[Row], list[Row]]]:
        """Ask for each scale whether the sides differ, and where more; effects and controls."""
        gaps = self._values(session_gaps(self.turns.frame))
        variants = [
            (control, self._values(table) if table is not None else None, detail)
            for control, table, detail in self._session_variants()
        ]
        nulls = role_null(
            self.turns.frame,
            n_sessions=self.n_sessions,
            groups=self.groups,
            units=self.chance.clusters.coarsest,
            draws=self.chance.draws,
            rng=self.chance.rng(),
        )
        for column, scale in enumerate(MEASURES):
            question = Question(
                mean_family="difference",
                between_family="between",
                effect="mean",
                scale=scale,
                quantity=self.wording.name,
            )
            effects = effect_rows(question, gaps[:, column], self.design, self.chance)
            yield (
                effects,
                control_rows(
                    question,
                    self.design,
                    effects,
                    variants=[
                        Variant(control, values[:, column] if values is not None else None, detail)
                        for control, values, detail in variants
                    ],
                    nulls=[nulls[column]],
                ),
            )

    def convergence(self) -> Iterator[tuple[list[Row], list[Row]]]:
        """Ask for each scale whether the gap, and its size, change over a session."""
        base = slopes(
            self._centred(self.turns.frame),
            n_sessions=self.n_sessions,
            groups=self.groups,
            units=self.chance.clusters.coarsest,
            draws=self.chance.draws,
            rng=self.chance.rng(),
        )
        variants = self._slope_variants()
        for column, scale in enumerate(MEASURES):
            yield self._absolute(scale, column, base, variants)
            yield self._signed(scale, column, base, variants)

    def zero(self) -> Array:
        """Give the gap that counts as none: 0 on a common scale, else its mean over all sessions.

        Off a common scale the two sides' zeros are arbitrary, and |gap| with them.
        """
        return self._zero_of(self.turns.frame)

    def _zero_of(self, turns: pl.DataFrame) -> Array:
        if self.wording.on_common_scale:
            return np.zeros(len(MEASURES))
        gaps = self._values(session_gaps(turns))
        known = np.isfinite(gaps)
        return np.asarray(np.where(known, gaps, 0).sum(0) / np.maximum(known.sum(0), 1))

    def _centred(self, turns: pl.DataFrame) -> pl.DataFrame:
        """Put no gap at zero, by moving the therapist's scores."""
        return lowered(turns, dict(zip(MEASURES, self._zero_of(turns).tolist(), strict=True)))

    def _absolute(
        self, scale: str, column: int, base: Slopes, variants: Mapping[str, _SlopeVariant]
    ) -> tuple[list[Row], list[Row]]:
        question = self._slope_question(ABSOLUTE_SLOPE, scale, "less the time-shuffle null's mean")
        effects = effect_rows(question, base.absolute[:, column], self.design, self.chance)
        controls = control_rows(
            question,
            self.design,
            effects,
            variants=[one.of(control, "absolute", column) for control, one in variants.items()],
            nulls=[base.nulls[column]],
        )
        shuffled = {
            (row["group"], row["reference"]): row
            for row in controls
            if row["control"] == TIME_SHUFFLE
        }
        for effect in effects:
            if effect["family"] == "convergence":
                effect["finding"] = finding(effect, shuffled.get((effect["group"], None)))
        return effects, controls

    def _signed(
        self, scale: str, column: int, base: Slopes, variants: Mapping[str, _SlopeVariant]
    ) -> tuple[list[Row], list[Row]]:
        question = self._slope_question(SIGNED_SLOPE, scale, "")
        effects = effect_rows(question, base.signed[:, column], self.design, self.chance)
        kept = {name: one for name, one in variants.items() if name != ZERO_POINT}
        kept[ZERO_POINT] = _SlopeVariant(None, "a signed slope has no zero", applicable=False)
        controls = control_rows(
            question,
            self.design,
            effects,
            variants=[one.of(control, "signed", column) for control, one in kept.items()],
            nulls=[],
        )
        return effects, controls

    def _slope_question(self, effect: str, scale: str, method: str) -> Question:
        return Question(
            mean_family="convergence",
            between_family="convergence between",
            effect=effect,
            scale=scale,
            quantity=self.wording.name,
            method=method,
        )

    def _session_variants(self) -> Iterator[tuple[str, pl.DataFrame | None, str]]:
        turns = self.turns
        swapped = turns.has("swapped")
        for form, control in FORM_SWAPS.items():
            table = session_gaps(turns.on_form(form)) if swapped else None
            yield control, table, f"both sides on the {form} form" if swapped else _NO_SWAP
        offset = turns.has("offset")
        yield (
            KEY_OFFSET,
            session_gaps(turns.without_offset()) if offset else None,
            "without what an equal offset of all statements gives under the key"
            if offset
            else _NO_OFFSET,
        )
        words = "stratum" in turns.frame.columns
        yield (
            LENGTH_MATCH,
            matched_gaps(turns.frame, on="stratum") if words else None,
            "turns of both sides matched on length within sessions" if words else _NO_WORDS,
        )
        yield (
            POSITION_MATCH,
            matched_gaps(turns.frame, on="bin"),
            "turns of both sides matched on tenths of the session",
        )

    def _slope_variants(self) -> dict[str, _SlopeVariant]:
        """Shuffle all variants of the turns by the same draws."""
        turns = self.turns
        swapped, offset = turns.has("swapped"), turns.has("offset")
        made: list[tuple[str, Callable[[], pl.DataFrame] | None, str]] = [
            (
                control,
                partial(turns.on_form, form) if swapped else None,
                f"both sides on the {form} form" if swapped else _NO_SWAP,
            )
            for form, control in FORM_SWAPS.items()
        ]
        made.append(
            (
                KEY_OFFSET,
                turns.without_offset if offset else None,
                "without what an equal offset of all statements gives" if offset else _NO_OFFSET,
            )
        )
        words = "stratum" in turns.frame.columns
        made.append(
            (
                LENGTH_MATCH,
                turns.without_length if words else None,
                "each length's mean taken away" if words else _NO_WORDS,
            )
        )
        if not self.wording.on_common_scale:
            made.append((ZERO_POINT, lambda: turns.frame, "zero left where the estimator has it"))
        frame = turns.frame
        columns: dict[str, tuple[str, ...]] = {}
        for control, make, _ in made:
            if make is None:
                continue
            columns[control] = tuple(f"{control}: {measure}" for measure in MEASURES)
            variant = make() if control == ZERO_POINT else self._centred(make())
            frame = frame.with_columns(
                values.alias(name)
                for name, values in zip(columns[control], variant.select(MEASURES), strict=True)
            )
        found = (
            slopes(
                frame,
                columns=tuple(name for names in columns.values() for name in names),
                n_sessions=self.n_sessions,
                groups={},
                units=self.chance.clusters.coarsest,
                draws=min(VARIANT_DRAWS, self.chance.draws),
                rng=self.chance.rng(),
            )
            if columns
            else None
        )
        variants: dict[str, _SlopeVariant] = {}
        at = 0
        for control, make, detail in made:
            if make is None or found is None:
                variants[control] = _SlopeVariant(None, detail)
                continue
            window = slice(at, at + len(MEASURES))
            at += len(MEASURES)
            variants[control] = _SlopeVariant(
                {"signed": found.signed[:, window], "absolute": found.absolute[:, window]}, detail
            )
        variants[POSITION_MATCH] = _SlopeVariant(
            None, "a slope is over position itself", applicable=False
        )
        variants[ROLE_PERMUTATION] = _SlopeVariant(
            None, "exchanging roles leaves |gap| as it is", applicable=False
        )
        if self.wording.on_common_scale:
            variants[ZERO_POINT] = _SlopeVariant(None, "the scale has a zero", applicable=False)
        return variants

    def _values(self, table: pl.DataFrame) -> Array:
        values = np.full((self.n_sessions, len(MEASURES)), np.nan)
        columns = [f"gap_{measure}" for measure in MEASURES]
        values[table["session"].to_numpy()] = table.select(columns).to_numpy()
        return values


@dataclass(frozen=True, slots=True)
class _SlopeVariant:
    """A control's slopes, or why there are none."""

    found: Mapping[str, Array] | None
    detail: str
    applicable: bool = True

    def of(self, control: str, kind: str, column: int) -> Variant:
        values = self.found[kind][:, column] if self.found is not None else None
        return Variant(control, values, self.detail, self.applicable)


def finding(effect: Row, shuffled: Mapping[str, Any] | None) -> str:
    """Say whether a group converges: its interval and the time-shuffle null must agree.

    Returns
    -------
    str
        "converging", "diverging", "not converging" (neither could be shown) or "too few". What
        does not hold once adjusted for how many were asked is taken back later.
    """
    if effect.get("ci_low") is None or effect["small"]:
        return "too few"
    if shuffled is None or shuffled.get("p_val") is None:
        return "too few"
    if shuffled["p_val"] >= 0.05 or effect["ci_low"] <= 0 <= effect["ci_high"]:
        return "not converging"
    return "converging" if effect["ci_high"] < 0 else "diverging"
