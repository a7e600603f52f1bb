"""What goes before a rise or a fall: a turn's features and the patient's next inferred alliance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.associations._columns import Columns, Lengths
from attunement.associations._exchanged import exchanged_p
from attunement.associations._options import AssociationOptions
from attunement.associations._rows import Row, control_row, finite, with_verdicts
from attunement.associations._steps import SWAPPED, WITHOUT_OFFSET, Steps, steps
from attunement.associations._sums import Partial, segments, sums_within
from attunement.associations._within import Jackknife, Panel, Regression, drawn_variances
from attunement.statistics import (
    ALL_SESSIONS,
    DISAGREES,
    SMALL_GROUP,
    THE_REST,
    Clusters,
    Codes,
    Design,
    Estimate,
    Outcome,
    everything,
    groups_of,
    judged,
    nothing_there,
)
from attunement.tables import ALLIANCE, MEASURES

Array = NDArray[np.float64]

NEXT_TURN = "next_turn"
INFERRED_PATIENT = "inferred_patient"

FORM_SWAP = "form swap"
KEY_OFFSET = "key offset"
LENGTH_MATCH = "length match"
WITHOUT_LENGTHS = "without lengths"
KIND_OF_ANSWER = "kind of answer"
PREVIOUS_TURN = "previous turn"
WITHOUT_CLOSING = "without closing"
ANOTHER_SESSION = "another session"

FEWEST_STEPS = 20
"""With fewer steps a session, on average, a slope of a feature that answers what was said several
turns ago is still biased after the correction (docs/markers.md), and does not survive."""

_METHOD = "within sessions, half-panel jackknife; cluster jackknife over {clusters}, t"
_DETAILS = {
    FORM_SWAP: "the patient's turns on the therapist's wording",
    KEY_OFFSET: "without what an equal offset of all statements gives under the key",
    WITHOUT_LENGTHS: "no length held constant",
    LENGTH_MATCH: "the next turn's length too, and all lengths in fifths",
    KIND_OF_ANSWER: "how the next turn opens (yes, no, an acknowledgement, thanks) held constant",
    PREVIOUS_TURN: "less the same slope on the patient's turn before",
    WITHOUT_CLOSING: "without the patient's last three turns",
    ANOTHER_SESSION: "features of another session at the same places",
}
_NO_COLUMNS = "the scores hold no columns for it"
_TOO_FEW = "it varies within too few sessions"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One effect or contrast: whose sessions, and against whose."""

    group: str
    reference: str | None
    sides: tuple[Codes, ...]

    @property
    def of_all(self) -> bool:
        """Whether it is about all sessions together."""
        return self.group == ALL_SESSIONS

    @property
    def places(self) -> Codes:
        """All sessions it is about."""
        return np.concatenate(self.sides)


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of one question, a feature each."""

    asked: _Asked
    measure: str
    rows: list[Row]

    @property
    def off_zero(self) -> list[int]:
        """The features whose interval excludes zero."""
        return [at for at, row in enumerate(self.rows) if not nothing_there(row)]


def turn_rows(
    scores: pl.DataFrame,
    features: pl.DataFrame,
    sessions: pl.DataFrame,
    *,
    side: str,
    answers: pl.DataFrame | None = None,
    options: AssociationOptions,
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
    answers : DataFrame, optional
        session_id, turn, and columns of 0 and 1: how the patient's turns open. Without it the
        control kind of answer is marked as not run.
    options : AssociationOptions
        How to run the statistics.

    Returns
    -------
    tuple of (list of dict, list of dict)
        Rows of ASSOCIATIONS (without `p_fdr`) and of ASSOCIATION_CONTROLS. Controls are run of
        effects whose interval excludes zero; of the others there is nothing to control. Groups and
        contrasts are asked about the whole only.
    """
    design = Design.of(sessions, by=options.by)
    clusters = Clusters.draw(design, draws=options.draws, rng=np.random.default_rng(options.seed))
    lined_up = steps(scores, features, design, side=side, answers=answers)
    effects: list[Row] = []
    controls: list[Row] = []
    for question in _questions(lined_up, design, clusters, options):
        found, under_control = question.answer()
        effects += found
        controls += under_control
    return with_verdicts(effects, controls), controls


def _questions(
    lined_up: Steps, design: Design, clusters: Clusters, options: AssociationOptions
) -> Iterator[_Questions]:
    """Take together the features that are known on the same steps."""
    known = np.isfinite(lined_up.features)
    patterns: dict[bytes, list[int]] = {}
    for at in range(known.shape[1]):
        patterns.setdefault(known[:, at].tobytes(), []).append(at)
    for together in patterns.values():
        rows = np.flatnonzero(known[:, together[0]])
        yield _Questions.of(
            Steps(
                side=lined_up.side,
                frame=lined_up.frame[rows],
                features=lined_up.features[rows][:, together],
                names=tuple(lined_up.names[at] for at in together),
            ),
            design,
            clusters,
            options,
        )


@dataclass(frozen=True, slots=True)
class _Questions:
    """Features known on the same steps, and everything asked of them."""

    steps: Steps
    design: Design
    clusters: Clusters
    options: AssociationOptions
    columns: Columns
    features: Array
    spread: Array
    sessions: Codes

    @classmethod
    def of(
        cls, lined_up: Steps, design: Design, clusters: Clusters, options: AssociationOptions
    ) -> _Questions:
        features, spread = _standardised(lined_up)
        return cls(
            steps=lined_up,
            design=design,
            clusters=clusters,
            options=options,
            columns=Columns.of(lined_up),
            features=features,
            spread=spread,
            sessions=lined_up.frame["session"].to_numpy().astype(np.intp),
        )

    def answer(self) -> tuple[list[Row], list[Row]]:
        """Give effects and controls of every feature, scale, group and contrast."""
        panel = self._panel(range(len(self.columns.names)))
        least = 1e-6 * np.maximum(panel.whole.xx.sum(axis=0), 1e-300)
        found: list[_Found] = []
        controls: list[Row] = []
        asked = list(self._asked(panel))
        for measure in MEASURES:
            base = self._forward(measure, least=least)
            # Groups are asked about the whole only: a scale hardly differs from it.
            of_whole = asked if measure == ALLIANCE else [one for one in asked if one.of_all]
            of_measure = [self._found(panel, base, one, measure) for one in of_whole]
            found += of_measure
            if any(one.off_zero for one in of_measure):
                controls += self._controls(panel, measure, of_measure, least=least)
        controls += self._chance(found)
        return [row for one in found for row in one.rows], controls

    def _panel(self, columns: Sequence[int], *, keep: NDArray[np.bool_] | None = None) -> Panel:
        rows = np.arange(len(self.sessions)) if keep is None else np.flatnonzero(keep)
        of_sessions = segments(self.sessions[rows])
        values = np.nan_to_num(self.columns.values[rows][:, list(columns)])
        whole, cut = sums_within(self.features[rows], values, of_sessions)
        n = len(self.design.session_ids)
        where = self.sessions[rows][np.array([one.start for one in of_sessions], dtype=np.intp)]
        counts = np.zeros(n, dtype=np.intp)
        counts[where] = [one.stop - one.start for one in of_sessions]
        return Panel(whole.spread(where, n), cut.spread(where, n), counts)

    def _asked(self, panel: Panel) -> Iterator[_Asked]:
        def seen(where: Codes) -> Codes:
            return where[panel.rows[where] > 1]

        for label, where in everything(self.design).items():
            yield _Asked(label, None, (seen(where),))
        groups = {label: seen(where) for label, where in groups_of(self.design).items()}
        groups = {label: where for label, where in groups.items() if len(where)}
        for label, where in groups.items():
            yield _Asked(label, None, (where,))
        labels = list(groups)
        if len(labels) == 2:
            yield _Asked(labels[0], labels[1], (groups[labels[0]], groups[labels[1]]))
        elif len(labels) > 2:
            for label in labels:
                rest = np.concatenate([groups[other] for other in labels if other != label])
                yield _Asked(label, THE_REST, (groups[label], rest))

    def _found(self, panel: Panel, regression: Regression, asked: _Asked, measure: str) -> _Found:
        estimates = self._estimates(panel, regression, asked)
        variances = drawn_variances(panel, regression, asked.sides, self.clusters)
        correlations = _partial_r(panel, regression, asked.sides[0])
        about = self._about(panel, asked)
        rows = []
        for at, name in enumerate(self.steps.names):
            row: Row = {"role": self.steps.side, "feature": name, "scale": measure} | about
            row |= {"sd": finite(self.spread[at])} | _numbers(estimates[at], float(variances[at]))
            if asked.reference is None and estimates[at] is not None:
                row["r"] = finite(correlations[at])
            rows.append(row)
        return _Found(asked, measure, rows)

    def _about(self, panel: Panel, asked: _Asked) -> Row:
        n_patients, n_therapists = self.design.count(asked.places)
        return {
            "level": NEXT_TURN,
            "target": INFERRED_PATIENT,
            "instrument": None,
            "group": asked.group,
            "reference": asked.reference,
            "n_turns": int(panel.rows[asked.places].sum()),
            "n_sessions": len(asked.places),
            "n_patients": n_patients,
            "n_therapists": n_therapists,
            "small": min(len(places) for places in asked.sides) < SMALL_GROUP,
            "confounded": asked.reference is not None
            and self.design.confounded(asked.sides[0], asked.places),
            "short_sessions": panel.rows[asked.places].sum() < FEWEST_STEPS * len(asked.places),
            "method": _METHOD.format(clusters=self.clusters.name),
        }

    def _estimates(
        self, panel: Panel, regression: Regression, asked: _Asked
    ) -> list[Estimate | None]:
        if not all(len(places) for places in asked.sides):
            return [None] * len(self.steps.names)
        sides = [Jackknife.of(panel, regression, places, self.clusters) for places in asked.sides]
        return sides[0].estimates() if len(sides) == 1 else sides[0].less(sides[1])

    def _controls(
        self, panel: Panel, measure: str, found: Sequence[_Found], *, least: Array
    ) -> Iterator[Row]:
        for control, on, regression in self._variants(panel, measure, least=least):
            for one in found:
                if not one.off_zero:
                    continue
                if on is None or regression is None:
                    yield from (
                        control_row(one.rows[at], control, "not run", _NO_COLUMNS)
                        for at in one.off_zero
                    )
                    continue
                estimates = self._estimates(on, regression, one.asked)
                n_sessions = int((on.rows[one.asked.places] > 1).sum())
                for at in one.off_zero:
                    yield _under_control(one.rows[at], control, estimates[at]) | {
                        "n_sessions": n_sessions
                    }

    def _variants(
        self, panel: Panel, measure: str, *, least: Array
    ) -> Iterator[tuple[str, Panel | None, Regression | None]]:
        for control, variant in ((FORM_SWAP, SWAPPED), (KEY_OFFSET, WITHOUT_OFFSET)):
            if variant in self.columns.variants:
                yield control, panel, self._forward(measure + variant, least=least)
            else:
                yield control, None, None
        yield WITHOUT_LENGTHS, panel, self._forward(measure, least=least, lengths="none")
        yield LENGTH_MATCH, panel, self._forward(measure, least=least, lengths="all")
        answers = self.columns.answers
        if answers:
            yield KIND_OF_ANSWER, panel, self._forward(measure, *answers, least=least)
        else:
            yield KIND_OF_ANSWER, None, None
        kept, mirror = self._mirror(measure, least=least)
        everywhere = range(len(self.columns.names))
        yield PREVIOUS_TURN, panel if kept is None else self._panel(everywhere, keep=kept), mirror
        closing = self.steps.frame["closing"].to_numpy()
        yield (
            WITHOUT_CLOSING,
            self._panel(everywhere, keep=~closing),
            self._forward(measure, least=least),
        )

    def _forward(
        self, measure: str, *also: str, least: Array, lengths: Lengths = "before"
    ) -> Regression:
        return Regression.corrected(
            target=self.columns.place(f"next_{measure}"),
            covariates=self.columns.covariates(f"earlier_{measure}", *also, lengths=lengths),
            least=least,
        )

    def _mirror(self, measure: str, *, least: Array) -> tuple[NDArray[np.bool_] | None, Regression]:
        """Make the slope beyond that of time turned round, and say on which steps it can be had."""
        later, earlier = (self.columns.place(f"{when}_{measure}") for when in ("next", "earlier"))
        mirrored, kept = (earlier, later), None
        if self.steps.side == "patient":
            mirrored = (self.columns.place(f"before_{measure}"), earlier)
            kept = self.steps.frame[f"before_{measure}"].is_not_null().to_numpy()
        return kept, Regression.beyond_mirror(
            later=later,
            earlier=earlier,
            mirrored=mirrored,
            covariates=self.columns.covariates(),
            least=least,
        )

    def _chance(self, found: Sequence[_Found]) -> Iterator[Row]:
        """Exchange the features that have an effect off zero; contrasts have no such null."""
        effects = [one for one in found if one.asked.reference is None and one.off_zero]
        wanted = sorted({at for one in effects for at in one.off_zero})
        if not wanted:
            return
        of_sessions = segments(self.sessions)
        present = self.sessions[[one.start for one in of_sessions]]
        place_of = np.zeros(len(self.design.session_ids), dtype=np.intp)
        place_of[present] = np.arange(len(present))
        targets = [self.columns.place(f"next_{measure}") for measure in MEASURES]
        given = [self.columns.place(f"earlier_{measure}") for measure in MEASURES]
        shared = self.columns.covariates()
        own = range(2 * len(MEASURES), 2 * len(MEASURES) + len(shared))
        asked: dict[str, set[str]] = {}
        for one in effects:
            asked.setdefault(one.asked.group, set()).add(one.measure)
        p_values = exchanged_p(
            self.features[:, wanted],
            self.columns.values[:, [*targets, *given, *shared]],
            of_sessions,
            regressions=[(at, (len(MEASURES) + at, *own)) for at in range(len(MEASURES))],
            groups={
                one.asked.group: (
                    place_of[one.asked.sides[0]],
                    [at for at, name in enumerate(MEASURES) if name in asked[one.asked.group]],
                )
                for one in effects
            },
            units=self.clusters.coarsest[present],
            draws=self.options.exchanges,
            rng=np.random.default_rng(self.options.seed),
        )
        for one in effects:
            of_measure = p_values[one.asked.group][MEASURES.index(one.measure)]
            for at in one.off_zero:
                p_val = float(of_measure[wanted.index(at)])
                outcome: Outcome = "survives" if p_val < 0.05 else "fails"
                if np.isnan(p_val):
                    outcome = "not run"
                yield control_row(
                    one.rows[at], ANOTHER_SESSION, outcome, _DETAILS[ANOTHER_SESSION]
                ) | {
                    "p_val": finite(p_val),
                    "n_sessions": one.rows[at]["n_sessions"],
                }


def _numbers(found: Estimate | None, drawn: float) -> Row:
    if found is None:
        return {"ci_low": None, "reason": _TOO_FEW}
    row: Row = {
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_val": found.p_val,
    }
    if not drawn > 0:
        return row
    check = Estimate.from_t(estimate=found.estimate, se=float(np.sqrt(drawn)), df=found.df)
    row |= {"boot_low": check.ci_low, "boot_high": check.ci_high}
    if (found.ci_low <= 0 <= found.ci_high) != (check.ci_low <= 0 <= check.ci_high):
        row["warnings"] = DISAGREES
    return row


def _under_control(effect: Row, control: str, found: Estimate | None) -> Row:
    if found is None:
        return control_row(effect, control, "not run", _TOO_FEW)
    return control_row(effect, control, judged(effect, found), _DETAILS[control]) | {
        "estimate": found.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_val": found.p_val,
    }


def _standardised(lined_up: Steps) -> tuple[Array, Array]:
    """Put numbers in units of their spread within sessions; 0 and 1 stay as they are."""
    values = lined_up.features
    codes = np.unique(lined_up.frame["session"].to_numpy(), return_inverse=True)[1]
    counts = np.bincount(codes)
    means = np.stack([np.bincount(codes, column) for column in values.T], axis=1) / counts[:, None]
    freedom = max(len(values) - len(counts), 1)
    spread = np.sqrt(np.square(values - means[codes]).sum(axis=0) / freedom)
    binary = np.isin(values, (0.0, 1.0)).all(axis=0)
    unit = np.where(binary | (spread <= 0), 1.0, spread)
    return values / unit, spread


def _partial_r(panel: Panel, regression: Regression, places: Codes) -> Array:
    sums = panel.narrowed(regression.columns).of(places).whole.total()
    part = Partial.of(sums, target=0, covariates=range(1, len(regression.columns)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((part.xy / np.sqrt(part.xx * part.yy[:, None]))[0])
