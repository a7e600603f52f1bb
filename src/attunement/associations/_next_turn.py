"""What goes before a rise or a fall: features of a turn and the patient's next inferred alliance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.associations._columns import Columns
from attunement.associations._options import AssociationOptions
from attunement.associations._shifted import shifted_p
from attunement.associations._steps import SWAPPED, WITHOUT_OFFSET, Steps, steps
from attunement.associations._sums import Partial, segments, sums_within
from attunement.associations._within import (
    Jackknife,
    Panel,
    Slopes,
    corrected,
    difference,
    drawn_variances,
)
from attunement.statistics import (
    ALL_SESSIONS,
    DISAGREES,
    SMALL_GROUP,
    THE_REST,
    Clusters,
    Codes,
    Design,
    Estimate,
    everything,
    groups_of,
    judged,
    nothing_there,
    verdict,
)
from attunement.tables import MEASURES

Array = NDArray[np.float64]
Row = dict[str, Any]

NEXT_TURN = "next_turn"
INFERRED_PATIENT = "inferred_patient"

FORM_SWAP = "form swap"
KEY_OFFSET = "key offset"
LENGTH_MATCH = "length match"
POSITION_MATCH = "position match"
PREVIOUS_TURN = "previous turn"
WITHOUT_CLOSING = "without closing"
SHIFTED_TIME = "shifted time"

_METHOD = "within sessions, half-panel jackknife; cluster jackknife t over {clusters}"
_DETAILS = {
    FORM_SWAP: "the patient's turns on the therapist's wording",
    KEY_OFFSET: "without what an equal offset of all statements gives under the key",
    LENGTH_MATCH: "lengths of the turns in fifths beside the straight line",
    POSITION_MATCH: "tenths of the session beside the curve",
    PREVIOUS_TURN: "less the same slope on the patient's turn before",
    WITHOUT_CLOSING: "without the patient's last three turns",
    SHIFTED_TIME: "features shifted round within sessions",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One effect or contrast: whose sessions, against whose."""

    group: str
    reference: str | None
    sides: tuple[Codes, ...]

    @property
    def places(self) -> Codes:
        """All sessions it is about."""
        return np.concatenate(self.sides)


def associate_turns(
    scores: pl.DataFrame,
    features: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    side: str,
    options: AssociationOptions | None = None,
) -> tuple[list[Row], list[Row]]:
    """Ask how the patient's alliance on their next turn goes with features of the turn before it.

    Parameters
    ----------
    scores : DataFrame
        `SCORES` of one estimator, with `words`. The controls form swap and key offset need the
        `_swapped` and `_offset` columns and are marked as not run without them.
    features : DataFrame
        session_id, turn, and a column a feature: numbers, or 0 and 1. Null where not known.
    sessions : DataFrame
        One row a session: session_id, and where known patient_id, therapist_id and the groups.
    side : str
        Whose turns the features are of: therapist (the turn between two of the patient) or patient
        (the earlier of the two).
    options : AssociationOptions, optional
        How to run the statistics.

    Returns
    -------
    tuple of (list of dict, list of dict)
        Rows of ASSOCIATIONS (without `p_fdr`) and of ASSOCIATION_CONTROLS. Controls are run of
        effects whose interval excludes zero; of the others there is nothing to control.
    """
    options = options or AssociationOptions()
    design = Design.of(sessions, by=options.by)
    clusters = Clusters.draw(design, draws=options.draws, rng=np.random.default_rng(options.seed))
    lined_up = steps(scores, features, design, side=side)
    effects: list[Row] = []
    controls: list[Row] = []
    for question in _questions(lined_up, design, clusters, options):
        found, under_control = question.answer()
        effects += found
        controls += under_control
    return effects, controls


def _questions(
    lined_up: Steps, design: Design, clusters: Clusters, options: AssociationOptions
) -> Iterator[_Questions]:
    """Take together the features that are known on the same steps."""
    known = np.isfinite(lined_up.features)
    patterns: dict[bytes, list[int]] = {}
    for at in range(known.shape[1]):
        patterns.setdefault(known[:, at].tobytes(), []).append(at)
    for columns in patterns.values():
        rows = np.flatnonzero(known[:, columns[0]])
        yield _Questions(
            steps=Steps(
                side=lined_up.side,
                frame=lined_up.frame[rows],
                features=lined_up.features[np.ix_(rows, columns)],
                names=tuple(lined_up.names[at] for at in columns),
            ),
            design=design,
            clusters=clusters,
            options=options,
        )


@dataclass(frozen=True, slots=True)
class _Questions:
    """Features known on the same steps, and everything asked of them."""

    steps: Steps
    design: Design
    clusters: Clusters
    options: AssociationOptions

    def answer(self) -> tuple[list[Row], list[Row]]:
        """Give effects and controls of every feature, scale, group and contrast."""
        columns = Columns.of(self.steps)
        if not self.steps.frame.height:
            return list(self._nothing("no turn of the patient follows one that has it")), []
        features, spread = _standardised(self.steps)
        panel = self._panel(features, columns.values)
        least = 1e-6 * np.maximum(panel.whole.xx.sum(axis=0), 1e-300)
        asked = list(self._asked(panel))
        effects: list[Row] = []
        controls: list[Row] = []
        for measure in MEASURES:
            base = _forward(columns, measure, least=least)
            narrow = columns.covariates(f"next_{measure}", f"earlier_{measure}")
            small = panel.narrowed(narrow)
            drawn_slopes = corrected(
                target=len(narrow) - 2,
                covariates=[*range(len(narrow) - 2), len(narrow) - 1],
                least=least,
            )
            rows_of: list[list[Row]] = []
            for one in asked:
                estimates = self._estimates(panel, base, one)
                correlation = _partial_r(panel, columns, measure, one.sides[0])
                variances = drawn_variances(small, drawn_slopes, one.sides, self.clusters)
                rows_of.append(
                    [
                        self._row(one, measure, at, estimates[at], panel)
                        | self._booted(estimates[at], float(variances[at]), one)
                        | {
                            "sd": float(spread[at]),
                            "r": _finite(correlation[at]) if one.reference is None else None,
                        }
                        for at in range(len(self.steps.names))
                    ]
                )
            for one, rows in zip(asked, rows_of, strict=True):
                effects += rows
            if any(not nothing_there(row) for rows in rows_of for row in rows):
                controls += self._controls(
                    columns, features, panel, measure, asked, rows_of, least=least
                )
        by_effect: dict[tuple[Any, ...], list[Row]] = {}
        for row in controls:
            by_effect.setdefault(_key(row), []).append(row)
        for row in effects:
            under = by_effect.get(_key(row), [])
            row["controls"] = (
                "nothing to control"
                if row["ci_low"] is not None and nothing_there(row) and not row["small"]
                else verdict(row, under)
            )
        return effects, controls

    def _panel(
        self, features: Array, columns: Array, *, keep: NDArray[np.bool_] | None = None
    ) -> Panel:
        sessions = self.steps.frame["session"].to_numpy().astype(np.intp)
        if keep is not None:
            features, columns, sessions = features[keep], columns[keep], sessions[keep]
        rows = segments(sessions)
        columns = np.nan_to_num(columns)
        whole, cut = sums_within(features, columns, rows)
        n = len(self.design.session_ids)
        where = sessions[[one.start for one in rows]]
        counts = np.zeros(n, dtype=np.intp)
        counts[where] = [one.stop - one.start for one in rows]
        return Panel(whole.spread(where, n), cut.spread(where, n), counts)

    def _asked(self, panel: Panel) -> Iterator[Asked]:
        groups = {
            label: kept
            for label, where in groups_of(self.design).items()
            if len(kept := where[panel.rows[where] > 1])
        }
        for label, where in everything(self.design).items():
            yield Asked(label, None, (where[panel.rows[where] > 1],))
        for label, where in groups.items():
            yield Asked(label, None, (where,))
        labels = list(groups)
        if len(labels) == 2:
            yield Asked(labels[0], labels[1], (groups[labels[0]], groups[labels[1]]))
        elif len(labels) > 2:
            for label in labels:
                rest = np.concatenate([groups[other] for other in labels if other != label])
                yield Asked(label, THE_REST, (groups[label], rest))

    def _estimates(self, panel: Panel, slopes: Slopes, asked: Asked) -> list[Estimate | None]:
        sides = [Jackknife.of(panel, slopes, places, self.clusters) for places in asked.sides]
        return sides[0].estimates() if len(sides) == 1 else sides[0].less(sides[1])

    def _row(
        self, asked: Asked, measure: str, at: int, found: Estimate | None, panel: Panel
    ) -> Row:
        n_patients, n_therapists = self.design.count(asked.places)
        sizes = [len(places) for places in asked.sides]
        row = self._named(asked.group, asked.reference, measure, at) | {
            "n_turns": int(panel.rows[asked.places].sum()),
            "n_sessions": len(asked.places),
            "n_patients": n_patients,
            "n_therapists": n_therapists,
            "small": min(sizes) < SMALL_GROUP,
            "confounded": asked.reference is not None
            and self.design.confounded(asked.sides[0], asked.places),
            "method": _METHOD.format(clusters=self.clusters.name),
        }
        if found is None:
            return row | {
                "estimate": None,
                "ci_low": None,
                "ci_high": None,
                "reason": "it varies within too few sessions",
            }
        return row | {
            "estimate": found.estimate,
            "se": found.se,
            "df": found.df,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "p_val": found.p_val,
        }

    def _booted(self, found: Estimate | None, variance: float, asked: Asked) -> Row:
        if found is None or not variance > 0:
            return {}
        drawn = Estimate.from_t(estimate=found.estimate, se=float(np.sqrt(variance)), df=found.df)
        row: Row = {"boot_low": drawn.ci_low, "boot_high": drawn.ci_high}
        excludes = found.ci_low > 0 or found.ci_high < 0
        if excludes != (drawn.ci_low > 0 or drawn.ci_high < 0):
            row["warnings"] = DISAGREES
        return row

    def _named(self, group: str, reference: str | None, measure: str, at: int) -> Row:
        return {
            "level": NEXT_TURN,
            "role": self.steps.side,
            "feature": self.steps.names[at],
            "target": INFERRED_PATIENT,
            "instrument": None,
            "scale": measure,
            "group": group,
            "reference": reference,
        }

    def _nothing(self, reason: str) -> Iterator[Row]:
        for measure in MEASURES:
            for at in range(len(self.steps.names)):
                yield self._named(ALL_SESSIONS, None, measure, at) | {
                    "small": False,
                    "n_sessions": 0,
                    "ci_low": None,
                    "reason": reason,
                    "controls": None,
                }

    def _controls(
        self,
        columns: Columns,
        features: Array,
        panel: Panel,
        measure: str,
        asked: Sequence[Asked],
        rows_of: Sequence[Sequence[Row]],
        *,
        least: Array,
    ) -> list[Row]:
        made: list[Row] = []
        for control, on, slopes in self._variants(columns, features, panel, measure, least=least):
            for one, rows in zip(asked, rows_of, strict=True):
                wanted = [at for at, row in enumerate(rows) if not nothing_there(row)]
                if not wanted:
                    continue
                if on is None or slopes is None:
                    made += [
                        _control_row(
                            rows[at], control, "not run", "the scores hold no columns for it"
                        )
                        for at in wanted
                    ]
                    continue
                estimates = self._estimates(on, slopes, one)
                for at in wanted:
                    found = estimates[at]
                    if found is None:
                        row = _control_row(rows[at], control, "not run", "too few sessions for it")
                    else:
                        row = _control_row(
                            rows[at], control, judged(rows[at], found), _DETAILS[control]
                        ) | {
                            "estimate": found.estimate,
                            "ci_low": found.ci_low,
                            "ci_high": found.ci_high,
                            "p_val": found.p_val,
                            "n_sessions": int((on.rows[one.places] > 1).sum()),
                        }
                    made.append(row)
        return made + self._chance(columns, features, measure, asked, rows_of)

    def _variants(
        self, columns: Columns, features: Array, panel: Panel, measure: str, *, least: Array
    ) -> Iterator[tuple[str, Panel | None, Slopes | None]]:
        for control, variant in ((FORM_SWAP, SWAPPED), (KEY_OFFSET, WITHOUT_OFFSET)):
            there = variant in columns.variants
            yield (
                control,
                panel if there else None,
                _forward(columns, measure + variant, least=least) if there else None,
            )
        yield LENGTH_MATCH, panel, _forward(columns, measure, least=least, freely="length")
        yield POSITION_MATCH, panel, _forward(columns, measure, least=least, freely="place")
        frame = self.steps.frame
        forward = _forward(columns, measure, least=least)
        if self.steps.side == "therapist":
            yield (
                PREVIOUS_TURN,
                panel,
                difference(forward, _backward(columns, measure, least=least)),
            )
        else:
            earlier = frame[f"before_{measure}"].is_not_null().to_numpy()
            yield (
                PREVIOUS_TURN,
                self._panel(features, columns.values, keep=earlier),
                difference(forward, _backward(columns, measure, least=least, before=True)),
            )
        open_ = ~frame["closing"].to_numpy()
        yield WITHOUT_CLOSING, self._panel(features, columns.values, keep=open_), forward

    def _chance(
        self,
        columns: Columns,
        features: Array,
        measure: str,
        asked: Sequence[Asked],
        rows_of: Sequence[Sequence[Row]],
    ) -> list[Row]:
        """Shift features, for the effects of groups; contrasts have no such null."""
        sessions = self.steps.frame["session"].to_numpy().astype(np.intp)
        rows = segments(sessions)
        present = sessions[[one.start for one in rows]]
        at_place = {int(session): at for at, session in enumerate(present)}
        effects = [
            (one, rows_)
            for one, rows_ in zip(asked, rows_of, strict=True)
            if one.reference is None and any(not nothing_there(row) for row in rows_)
        ]
        narrow = columns.covariates(f"next_{measure}", f"earlier_{measure}")
        found = shifted_p(
            features,
            columns.values[:, narrow],
            rows,
            regressions=[(len(narrow) - 2, [*range(len(narrow) - 2), len(narrow) - 1])],
            groups={
                one.group: np.array([at_place[int(place)] for place in one.sides[0]], dtype=np.intp)
                for one, _ in effects
            },
            units=self.clusters.coarsest[present],
            draws=self.options.shifts,
            rng=np.random.default_rng(self.options.seed),
        )
        made = []
        for one, rows_ in effects:
            for at, row in enumerate(rows_):
                if nothing_there(row):
                    continue
                p_val = float(found.p_values[one.group][0, at])
                outcome = "not run" if np.isnan(p_val) else "survives" if p_val < 0.05 else "fails"
                made.append(
                    _control_row(row, SHIFTED_TIME, outcome, _DETAILS[SHIFTED_TIME])
                    | {"p_val": _finite(p_val), "n_sessions": row["n_sessions"]}
                )
        return made


def _forward(columns: Columns, measure: str, *, least: Array, freely: str | None = None) -> Slopes:
    return corrected(
        target=columns.place(f"next_{measure}"),
        covariates=columns.covariates(f"earlier_{measure}", freely=freely),
        least=least,
    )


def _backward(columns: Columns, measure: str, *, least: Array, before: bool = False) -> Slopes:
    """Make the mirrored regression: the patient's turn before, given the one after."""
    target, given = ("before", "earlier") if before else ("earlier", "next")
    return corrected(
        target=columns.place(f"{target}_{measure}"),
        covariates=columns.covariates(f"{given}_{measure}"),
        least=least,
    )


def _standardised(lined_up: Steps) -> tuple[Array, Array]:
    """Put numbers in units of their spread within sessions; 0 and 1 stay as they are."""
    values = lined_up.features
    sessions = lined_up.frame["session"].to_numpy()
    codes = np.unique(sessions, return_inverse=True)[1]
    counts = np.bincount(codes)
    within = (
        values
        - (np.stack([np.bincount(codes, column) for column in values.T], axis=1) / counts[:, None])[
            codes
        ]
    )
    freedom = max(len(values) - len(counts), 1)
    spread = np.sqrt(np.square(within).sum(axis=0) / freedom)
    binary = np.isin(values, (0.0, 1.0)).all(axis=0)
    unit = np.where(binary | (spread <= 0), 1.0, spread)
    return values / unit, spread


def _partial_r(panel: Panel, columns: Columns, measure: str, places: Codes) -> Array:
    part = Partial.of(
        panel.whole.of(places).total(),
        target=columns.place(f"next_{measure}"),
        covariates=columns.covariates(f"earlier_{measure}"),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((part.xy / np.sqrt(part.xx * part.yy[:, None]))[0])


def _control_row(effect: Mapping[str, Any], control: str, outcome: str, detail: str) -> Row:
    named = ("level", "role", "feature", "target", "instrument", "scale", "group", "reference")
    return {name: effect[name] for name in named} | {
        "control": control,
        "outcome": outcome,
        "detail": detail,
        "n_sessions": None,
    }


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        row[name]
        for name in (
            "level",
            "role",
            "feature",
            "target",
            "instrument",
            "scale",
            "group",
            "reference",
        )
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
