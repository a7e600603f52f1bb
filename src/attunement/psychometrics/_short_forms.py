"""The best k items, tried on patients that had no part in choosing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attunement.psychometrics._forms import Forms
from attunement.psychometrics._material import Material
from attunement.psychometrics._options import PsychometricsOptions
from attunement.psychometrics._rows import Found, Row
from attunement.psychometrics._sample import Sample
from attunement.psychometrics._selection import Selection, by_alpha, by_rating
from attunement.reliability import alpha_of
from attunement.statistics import Array, Codes, Statistic, spearmans, together

FEWEST_FORMS = 20
"""Under so many complete forms nothing is chosen: any choice would be of noise."""

ALPHA = "alpha of the form"


@dataclass(frozen=True, slots=True)
class Trial:
    """What short forms of one scale are chosen from and tried on.

    Attributes
    ----------
    forms : ndarray of shape (n, items)
        Complete forms.
    ratings : ndarray of shape (n,)
        What people rated; zeros where the criterion is alpha.
    folds : ndarray of int of shape (n,)
        Which part each session's patient was dealt into.
    select : callable
        How items are chosen.
    """

    forms: Array
    ratings: Array
    folds: Codes
    select: Selection

    def standardised(self, held_out: int | None) -> tuple[Array, Array]:
        """Standardise the items by the sessions that are not held out; give both parts."""
        kept = self.folds != held_out if held_out is not None else np.full(len(self.folds), True)
        mean, sd = self.forms[kept].mean(axis=0), self.forms[kept].std(axis=0)
        z = (self.forms - mean) / np.where(sd > 0, sd, np.inf)
        return z[kept], z[~kept]

    def chosen(self, held_out: int | None, most: int) -> list[int]:
        """Choose items on the sessions that are not held out."""
        kept = self.folds != held_out if held_out is not None else np.full(len(self.folds), True)
        return self.select(self.standardised(held_out)[0], self.ratings[kept], most)


def short_form_rows(material: Material, forms: Forms) -> Iterator[Row]:
    """Choose the best k items of each scale, and say how well such a choice does.

    The criterion is Spearman's correlation with what people rated from the judge's own perspective;
    where nobody rated, alpha of the form. Items are chosen anew without each fold of patients, and
    each session's form is that of the choice its patient had no part in. The items named are
    chosen on all sessions.

    Parameters
    ----------
    material : Material
        Ratings and patients.
    forms : Forms
        One judge's.

    Yields
    ------
    Row
        Of RATER_SHORT_FORMS.
    """
    for scale in forms.scales():
        columns = forms.columns(scale)
        rated = forms.rated(material, scale)
        fewest = 1 if rated else 2
        sizes = [k for k in material.options.sizes if fewest <= k < len(columns)]
        complete = forms.complete(columns)
        ratings = np.zeros(len(forms.answers)) if rated is None else rated[1]
        complete = complete[np.isfinite(ratings[complete])]
        sample = forms.sample(material, complete)
        criterion = ALPHA if rated is None else f"spearman with {rated[0]}"
        trial = Trial(
            forms.answers[complete][:, columns],
            ratings[complete],
            dealt(sample.codes, material.options),
            by_alpha if rated is None else by_rating,
        )
        refused = _refused(sample, material.options, with_ratings=rated is not None)
        found = [] if refused else _tried(trial, sizes, sample, alpha=rated is None)
        names = forms.items["item"].gather(columns).to_list()
        order = trial.chosen(None, max(sizes)) if sizes and not refused else []
        for at, k in enumerate(sizes):
            one, whole = found[at] if found else (Found(reason=refused), Found())
            yield {
                "judge": forms.asked.judge,
                "perspective": forms.asked.perspective,
                "framing": forms.asked.framing,
                "instrument": forms.asked.instrument,
                "scale": scale,
                "k": k,
                "items": [names[place] for place in order[:k]],
                "criterion": criterion,
                "estimate": one.value,
                "ci_low": one.low,
                "ci_high": one.high,
                "all_items": whole.value,
                "n_sessions": sample.count.sessions,
                "n_patients": sample.count.patients,
                "reason": one.reason,
            }


def dealt(clusters: Codes, options: PsychometricsOptions) -> Codes:
    """Deal patients into folds, whole; each session gets its patient's."""
    size = int(clusters.max()) + 1 if len(clusters) else 0
    order = np.random.default_rng(options.seed).permutation(size)
    return np.asarray((order % options.folds)[clusters], dtype=np.intp)


def _refused(sample: Sample, options: PsychometricsOptions, *, with_ratings: bool) -> str | None:
    n, clusters = len(sample.clusters), sample.clusters.n_unique()
    rated = " and a rating" if with_ratings else ""
    if n < FEWEST_FORMS:
        return f"{n} sessions with every item scored{rated}; choosing takes {FEWEST_FORMS}"
    if clusters < 2 * options.folds:
        return f"{clusters} {sample.drawn}; {options.folds} folds take {2 * options.folds}"
    return None


def _tried(
    trial: Trial, sizes: Sequence[int], sample: Sample, *, alpha: bool
) -> list[tuple[Found, Found]]:
    """Give, for each size, the figure on unseen patients, and that of all items on the same."""
    if not sizes:
        return []
    folds = range(int(trial.folds.max()) + 1)
    orders = [trial.chosen(fold, max(sizes)) for fold in folds]
    every = list(range(trial.forms.shape[1]))
    found = []
    for k in sizes:
        forms = [order[:k] for order in orders]
        whole = [every for _ in orders]
        statistic = (
            together(_alphas(trial, forms), _alphas(trial, whole))
            if alpha
            else together(
                spearmans(_unseen(trial, forms), trial.ratings),
                spearmans(_unseen(trial, whole), trial.ratings),
            )
        )
        one, other = sample.bootstrapped(statistic, figures=2)
        found.append((one, other))
    return found


def _unseen(trial: Trial, forms: Sequence[Sequence[int]]) -> Array:
    """Give each session the mean of the items that were chosen without its patient."""
    values = np.empty(len(trial.forms))
    for fold, chosen in enumerate(forms):
        held_out = trial.standardised(fold)[1]
        values[trial.folds == fold] = held_out[:, list(chosen)].mean(axis=1)
    return values


def _alphas(trial: Trial, forms: Sequence[Sequence[int]]) -> Statistic:
    """Make the statistic of alpha within each fold, averaged by how many sessions it has."""
    parts = [
        (np.flatnonzero(trial.folds == fold), trial.standardised(fold)[1][:, list(chosen)])
        for fold, chosen in enumerate(forms)
    ]

    def statistic(weights: Array) -> Array:
        total, counted = np.zeros(len(weights)), np.zeros(len(weights))
        for rows, answers in parts:
            drawn = weights[:, rows]
            n = drawn.sum(axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                means = drawn @ answers / n[:, None]
                products = np.einsum("dn,ni,nj->dij", drawn, answers, answers, optimize=True)
                covariances = products / n[:, None, None] - means[:, :, None] * means[:, None, :]
            known = np.isfinite(covariances).all(axis=(1, 2))
            value = alpha_of(np.where(known[:, None, None], covariances, 0.0))
            usable = known & np.isfinite(value)
            total += np.where(usable, n * value, 0.0)
            counted += np.where(usable, n, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (total / counted)[:, None]

    return statistic
