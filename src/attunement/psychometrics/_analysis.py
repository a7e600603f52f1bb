"""Everything there is to know of raters, from what they answered and what people rated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from attunement.psychometrics._agreement import agreement_rows
from attunement.psychometrics._among import different_items, judge_rows, repeat_rows
from attunement.psychometrics._bias import length_rows, probe_rows
from attunement.psychometrics._consistency import consistency_rows
from attunement.psychometrics._forms import Forms
from attunement.psychometrics._items import item_table
from attunement.psychometrics._material import Material
from attunement.psychometrics._options import PsychometricsOptions
from attunement.psychometrics._retest import retest_rows
from attunement.psychometrics._short_forms import short_form_rows
from attunement.psychometrics._unscored import unscored_rows
from attunement.tables import RATER_ITEMS, RATER_SHORT_FORMS, RATER_STATISTICS

NO_RATINGS = (
    "No ratings by people were given: nothing here says whether a judge agrees with anybody but "
    "judges."
)


@dataclass(frozen=True, slots=True)
class PsychometricsResult:
    """What is known of raters.

    Attributes
    ----------
    statistics : DataFrame
        RATER_STATISTICS: agreement, consistency, retest, bias, and what is unscored.
    items : DataFrame
        RATER_ITEMS.
    short_forms : DataFrame
        RATER_SHORT_FORMS.
    notes : tuple of str
        What a reader must know of the data.
    """

    statistics: pl.DataFrame
    items: pl.DataFrame
    short_forms: pl.DataFrame
    notes: tuple[str, ...]


def psychometrics(
    verdicts: pl.DataFrame,
    rater_scores: pl.DataFrame,
    *,
    ratings: pl.DataFrame | None,
    sessions: pl.DataFrame,
    turns: pl.DataFrame,
    options: PsychometricsOptions | None = None,
) -> PsychometricsResult:
    """Say how far raters can be relied on.

    Parameters
    ----------
    verdicts : DataFrame
        VERDICTS, of any number of judges, ways of asking, variants and seeds.
    rater_scores : DataFrame
        RATER_SCORES of the same verdicts.
    ratings : DataFrame, optional
        RATINGS by people, of the same sessions. A judge's own are none of these.
    sessions : DataFrame
        SESSIONS.
    turns : DataFrame
        session_id, turn, role, and words or text: every turn.
    options : PsychometricsOptions, optional
        Draws, seed, folds and sizes.

    Returns
    -------
    PsychometricsResult
        Figures that cannot be had are null, with the reason.

    Raises
    ------
    UsageError
        A table lacks a column.
    """
    options = options or PsychometricsOptions()
    material = Material.of(
        verdicts, rater_scores, ratings=ratings, sessions=sessions, turns=turns, options=options
    )
    forms = [Forms.of(material, asked) for asked in material.asked()]
    statistics = [
        *agreement_rows(material),
        *judge_rows(material),
        *repeat_rows(material),
        *(row for one in forms for row in consistency_rows(material, one)),
        *retest_rows(material),
        *length_rows(material),
        *probe_rows(material),
        *(row for asked in material.asked() for row in unscored_rows(material, asked)),
    ]
    items = [pl.DataFrame(schema=RATER_ITEMS.schema)]
    items += [item_table(material, one) for one in forms]
    chosen = [row for one in forms for row in short_form_rows(material, one)]
    return PsychometricsResult(
        statistics=pl.DataFrame(statistics, schema=RATER_STATISTICS.schema),
        items=pl.concat(items),
        short_forms=pl.DataFrame(chosen, schema=RATER_SHORT_FORMS.schema),
        notes=tuple(_notes(material)),
    )


def _notes(material: Material) -> Iterator[str]:
    if material.left_out:
        yield (
            f"{material.left_out:,} judged sessions are not among the sessions of the corpus, and "
            "are left out."
        )
    judged = material.sessions.join(material.verdicts, on="session_id", how="semi")
    unknown = judged["patient_id"].null_count()
    if unknown:
        yield (
            f"{unknown:,} of {judged.height:,} judged sessions name no patient; each is drawn as "
            "if it had one of its own, so intervals are too narrow where patients come again."
        )
    marked = int(material.verdicts["speaks_to_judge"].sum())
    if marked:
        yield (
            f"{marked:,} of {material.verdicts.height:,} verdicts are of windows with words that "
            "address whoever rates (speaks_to_judge), and are in every figure: read these first."
        )
    if not material.humans:
        yield NO_RATINGS
    if different_items(material):
        yield (
            "Judges were asked different items of a scale: there they are not held against each "
            "other."
        )
    if not material.scores["seed"].n_unique() > 2:
        yield (
            "No judge was asked the same twice: how far its answers are chance is not known. "
            "Repeats at a temperature above 0 tell."
        )
