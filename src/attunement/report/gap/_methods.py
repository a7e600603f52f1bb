"""What was done, as a paragraph to paste into a paper, and where the methods come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from attunement.gap import DISAGREES, FEWEST_THERAPISTS, SMALL_GROUP, VARIANT_DRAWS
from attunement.report._words import count, printable
from attunement.report.gap._about import GapAbout
from attunement.report.gap._cells import degrees
from attunement.report.gap._controls import CHANCE, done
from attunement.report.gap._rows import ALL_SESSIONS, EffectRows, group_name
from attunement.report.gap._story import group_sizes, listed, shortened

if TYPE_CHECKING:
    from attunement.gap import GapResult

_FAMILIES = {
    "difference": "differences between the two sides",
    "between": "contrasts between conditions",
    "convergence": "slopes over a session",
    "convergence between": "contrasts of slopes",
    "level": "level and size",
    "congruence": "congruence",
    "outcome": "outcome",
}

_INSTEAD = "cluster bootstrap"
"""In the method of an effect whose model failed."""

_BORDIN = "Working alliance: Bordin 1979, Psychotherapy 16, 252-260."
_GENERAL = (
    "Restricted maximum likelihood: Patterson & Thompson 1971, Biometrika 58, 545-554.",
    "Unequal variances: Welch 1947, Biometrika 34, 28-35.",
    "Degrees of freedom: Satterthwaite 1946, Biometrics Bulletin 2, 110-114; Fai & Cornelius 1996, "
    "Journal of Statistical Computation and Simulation 54, 363-378.",
    "Cluster bootstrap: Field & Welsh 2007, Journal of the Royal Statistical Society B 69, "
    "369-390; over two ways of clustering: Cameron, Gelbach & Miller 2011, Journal of Business & "
    "Economic Statistics 29, 238-249.",
    "Effect size: Hedges 1981, Journal of Educational Statistics 6, 107-128.",
    "Adjusted p values: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.",
)
_STUDENTISED = (
    "Studentised permutation: Janssen 1997, Statistics & Probability Letters 36, 9-21; Chung & "
    "Romano 2013, Annals of Statistics 41, 484-507."
)
_OF_CONTROLS = {
    "length match": "Matching: Iacus, King & Porro 2012, Political Analysis 20, 1-24.",
    "role permutation": "Permutation p values: Phipson & Smyth 2010, Statistical Applications in "
    "Genetics and Molecular Biology 9, article 39.",
}
_OF_FAMILIES = {
    "level": "Level and difference: Oldham 1962, Journal of Chronic Diseases 15, 969-977.",
    "congruence": "Truth and bias: West & Kenny 2011, Psychological Review 118, 357-378. Limits of "
    "agreement: Bland & Altman 1986, Lancet 327, 307-310; 2007, Journal of Biopharmaceutical "
    "Statistics 17, 571-582. ICC(A,1): McGraw & Wong 1996, Psychological Methods 1, 30-46. "
    "Concordance: Lin 1989, Biometrics 45, 255-268. Reliable change: Jacobson & Truax 1991, "
    "Journal of Consulting and Clinical Psychology 59, 12-19.",
    "outcome": "Response surface: Edwards & Parry 1993, Academy of Management Journal 36, "
    "1577-1613.",
}
_PUBLISHED = (
    "Published analysis, for comparison: Lin et al. 2025, Translational Psychiatry, "
    "doi 10.1038/s41398-025-03379-3."
)


def methods_paragraph(result: GapResult, about: GapAbout) -> str:
    """Write the methods of an analysis in one paragraph."""
    effects = EffectRows.of(result.effects)
    families = effects.values("family")
    sentences = [*_material(result, about), *_models(result, effects)]
    if "convergence" in families:
        sentences += _convergence(result)
    sentences += _controls(result)
    if "level" in families:
        sentences.append(
            f"Whether the {result.wording.name} is larger where the alliance is higher was asked "
            "of level and size taken from alternate tenths of the session, so that the two share "
            "no turn; where the two sides do not vary alike, part of the regression to the mean "
            "is left."
        )
    if "congruence" in families:
        sentences.append(
            "Congruence of patient-rated and therapist-rated values: mean difference and limits "
            "of agreement, ICC(A,1), concordance correlation, the truth-and-bias model with "
            "both centred on the mean of the patient's ratings, and the share of sessions that "
            "differ by more than unreliable ratings would."
        )
    if "outcome" in families:
        sentences.append(
            "Whether agreement predicts the outcome was asked by polynomial regression with "
            "response surface analysis."
        )
    if not result.published.is_empty():
        sentences.append(
            "The published analysis, t-tests over pooled turns, was run for comparison only: "
            "turns of one session are not independent."
        )
    return " ".join(sentences)


def sources(result: GapResult) -> list[str]:
    """List where the methods that were used come from."""
    families = result.effects["family"].unique().to_list()
    controls = result.controls["control"].unique().to_list()
    found = [_BORDIN, *_GENERAL]
    found += [source for control, source in _OF_CONTROLS.items() if control in controls]
    if any(control in controls for control in CHANCE):
        found.append(_STUDENTISED)
    found += [source for family, source in _OF_FAMILIES.items() if family in families]
    return found if result.published.is_empty() else [*found, _PUBLISHED]


def methods_text(result: GapResult, about: GapAbout) -> str:
    """Write paragraph and sources as a text file."""
    listing = "\n".join(f"- {source}" for source in sources(result))
    return f"{methods_paragraph(result, about)}\n\nSources\n{listing}\n"


def _material(result: GapResult, about: GapAbout) -> Iterator[str]:
    name = result.wording.name
    software = f"Attunement {about.version} ({about.source})"
    if not result.sessions.is_empty():
        both = result.sessions.filter(pl.col("reason").is_null())
        turns = [
            count(int(both[f"{role}_turns"].sum()), f"{role} turn", f"{role} turns")
            for role in ("patient", "therapist")
        ]
        yield f"{_people(both)}; {listed(turns)}) were analysed with {software}."
        left = result.sessions.height - both.height
        if left:
            without = "without scored turns of both sides"
            yield f"{count(left, 'session', 'sessions')} {without} left out."
        yield (
            f"The {name} of a session is the mean inferred score of the therapist's turns minus "
            "that of the patient's; sessions, not turns, are the unit of analysis."
        )
    if not result.rated_pairs.is_empty():
        rated = result.rated_pairs.unique("session_id")
        instruments = result.rated_pairs["instrument"].unique().sort().to_list()
        with_software = f" with {software}" if result.sessions.is_empty() else ""
        yield (
            f"{_people(rated)}) rated by both sides on {listed(instruments)} were "
            f"analysed{with_software}: therapist-rated minus patient-rated, on the "
            "questionnaire's scale."
        )


def _people(sessions: pl.DataFrame) -> str:
    """Count sessions and those in them; the bracket is left open."""
    named = []
    for column, one, many in (
        ("patient_id", "patient", "patients"),
        ("therapist_id", "therapist", "therapists"),
    ):
        n = sessions[column].drop_nulls().n_unique()
        named.append(count(n, one, many) if n else f"{many} not named")
    return f"{count(sessions.height, 'session', 'sessions')} ({', '.join(named)}"


def _models(result: GapResult, effects: EffectRows) -> Iterator[str]:
    df = [row["df"] for row in effects.rows if row["df"] is not None]
    between = f" ({degrees(min(df))} to {degrees(max(df))})" if df else ""
    yield (
        "Means and contrasts were estimated with linear mixed models by restricted maximum "
        "likelihood, with random intercepts for patients and therapists where they repeat and "
        "residual variances that differ between conditions; 95% confidence intervals and p values "
        f"use Satterthwaite's degrees of freedom{between}."
    )
    yield (
        f"Fewer than {FEWEST_THERAPISTS} therapists are not modelled as random: intervals then "
        "speak of these therapists."
    )
    yield _checks(result, effects)
    yield (
        "Effect sizes are Hedges' g; of one group, its mean over the standard deviation of its "
        "sessions."
    )
    adjusted = [
        f"{words} ({sizes})"
        for family, words in _FAMILIES.items()
        if (sizes := _tests(effects.where(family=family), family=family))
    ]
    if adjusted:
        yield (
            "p values were adjusted by Holm's method, conditions and all sessions together apart: "
            f"{'; '.join(adjusted)}. The 95% intervals are not adjusted."
        )
    small = [
        f"{shortened(group_name(group))}, {n}"
        for group, n in group_sizes(effects).items()
        if n < SMALL_GROUP and group != ALL_SESSIONS
    ]
    which = f" ({'; '.join(small)} here)" if small else ""
    level = "; level and size are not tested in them" if "level" in effects.values("family") else ""
    yield (
        f"Groups of fewer than {SMALL_GROUP} sessions{which} are marked small and carry no "
        "finding; the p of their differences and contrasts is the larger of the t-test's and a "
        f"permutation's (signs of patients flipped, or patients exchanged){level}."
    )


def _checks(result: GapResult, effects: EffectRows) -> str:
    """Say what the cluster bootstrap checked, replaced and denied."""
    drawn = f"{result.options.draws:,} draws of {result.clusters}, seed {result.options.seed}"
    own = [row for row in effects.rows if _INSTEAD not in (row["method"] or "")]
    instead = len(effects.rows) - len(own)
    checked = sum(row["boot_low"] is not None for row in own)
    denied = sum(DISAGREES in (row["warnings"] or "") for row in own)
    said = f"Intervals were checked by a cluster bootstrap ({drawn})"
    if checked:
        said += (
            f"; in {denied:,} of {count(checked, 'effect', 'effects')} it disagrees on whether "
            "the interval excludes zero"
        )
    if instead:
        said += (
            f"; in {count(instead, 'effect', 'effects')} whose mixed model did not converge the "
            "interval is the bootstrap's own"
        )
    return f"{said}."


def _convergence(result: GapResult) -> Iterator[str]:
    name = result.wording.name
    yield (
        "Session time was scaled from 0 to 1 and cut into ten equal bins; bands are from the "
        f"cluster bootstrap. Convergence is the slope over time of the {name}'s "
        "size in the bins, less its mean after shuffling each side's turns over time "
        f"({result.options.draws:,} draws; under the other controls at most {VARIANT_DRAWS}); a "
        "condition is called converging or diverging only if its interval excludes zero, the "
        "shuffle agrees and the adjusted p is below .05."
    )
    if not result.wording.on_common_scale:
        yield (
            f"The size is the distance from the mean {name} over all sessions; the control zero "
            "point leaves the zero where the estimator has it."
        )
    if "length match" in dict(done(result.controls)):
        yield (
            "For slopes, length was controlled by taking each length's mean away (least squares "
            "within sessions and sides)."
        )


def _controls(result: GapResult) -> Iterator[str]:
    run = done(result.controls)
    if not run:
        yield "No control was run."
        return
    said = [f"{name} ({detail})" if detail else name for name, detail in run]
    yield f"Controls: {'; '.join(said)}."
    names = [name for name, _ in run]
    if any(name in CHANCE for name in names):
        yield (
            "Permutations are studentised: a mean over its cluster-robust standard error, in every "
            "draw."
        )
    yield (
        "A control is survived if the estimate keeps its sign and at least half its size and its "
        "95% interval, not adjusted, still excludes zero, or, where chance is drawn, if p < .05; "
        "an effect whose adjusted p is .05 or more has nothing to control, one whose bootstrap "
        "interval includes zero fails the cluster bootstrap, and a contrast whose few therapists "
        "each see one side of it fails by that."
    )
    left_out = _left_out(result.controls, names)
    if left_out:
        yield f"Not run: {listed(left_out)}."


def _left_out(controls: pl.DataFrame, run: Sequence[str]) -> list[str]:
    names: list[str] = controls["control"].unique(maintain_order=True).to_list()
    return [name for name in names if name not in run]


def _tests(effects: EffectRows, *, family: str) -> str:
    """Count tests that were adjusted together: by condition and over all sessions.

    Contrasts are adjusted together, pairs and rests; else each effect is a family of its own
    (`attunement.gap` adjusts so), and each questionnaire always is.
    """
    tested = EffectRows([row for row in effects.rows if row["p_holm"] is not None])
    said = []
    for instrument in tested.values("instrument"):
        rows = tested.where(instrument=instrument)
        of = "" if instrument is None else f" on {printable(instrument)}"
        if family == "between":
            sizes = _sizes(rows)
        else:
            alike: dict[str, list[str]] = {}
            for effect in rows.values("effect"):
                alike.setdefault(_sizes(rows.where(effect=effect)), []).append(effect)
            sizes = ", ".join(
                f"{n} for each of {listed(names)}" if len(names) > 1 else _one(n, names[0], alike)
                for n, names in alike.items()
            )
        said.append(f"{sizes}{of}")
    return "; ".join(said)


def _one(sizes: str, effect: str, alike: Mapping[str, Sequence[str]]) -> str:
    return sizes if len(alike) == 1 else f"{sizes} for {effect}"


def _sizes(rows: EffectRows) -> str:
    whole = sum(row["group"] == ALL_SESSIONS for row in rows.rows)
    return " and ".join(str(n) for n in (len(rows.rows) - whole, whole) if n)
