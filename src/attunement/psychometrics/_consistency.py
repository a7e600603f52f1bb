"""Do the items of a scale say one thing, in a judge's answers: alpha and omega."""

from __future__ import annotations

from collections.abc import Iterator

from attunement.psychometrics._forms import Forms
from attunement.psychometrics._material import Material
from attunement.psychometrics._rows import Found, Row, row
from attunement.psychometrics._sample import Sample
from attunement.reliability import Coefficient, alpha, omega

CONSISTENCY = "consistency of the items"

FEWEST_PARTS = {"cronbach alpha": 2, "omega": 3}
"""One item has no consistency; two do not identify a factor."""


def consistency_rows(material: Material, forms: Forms) -> Iterator[Row]:
    """Estimate alpha and omega of each scale from sessions whose items were all scored.

    Parameters
    ----------
    material : Material
        Whose sessions they are.
    forms : Forms
        One judge's.

    Yields
    ------
    Row
        Alpha with Feldt's interval, or, where patients come again, a bootstrap's over patients;
        omega with a bootstrap's.
    """
    for scale in forms.scales():
        columns = forms.columns(scale)
        complete = forms.complete(columns)
        sample = forms.sample(material, complete)
        parts = forms.answers[complete][:, columns]
        for name, fewest in FEWEST_PARTS.items():
            if len(columns) < fewest:
                found = Found(reason=f"{len(columns)} items; it takes {fewest}")
            elif sample.too_few:
                found = Found(reason=f"every item scored in {sample.too_few}")
            else:
                drawing = material.options.draws, material.options.seed
                coefficient = (alpha if name == "cronbach alpha" else omega)(
                    parts, patients=sample.codes, draws=drawing[0], seed=drawing[1]
                )
                feldt = name == "cronbach alpha" and not sample.repeats
                found = _found(coefficient, sample, feldt=feldt)
            yield row(CONSISTENCY, forms.asked, name, found, count=sample.count, scale=scale)


def _found(coefficient: Coefficient, sample: Sample, *, feldt: bool) -> Found:
    if coefficient.estimate != coefficient.estimate:
        return Found(reason="nothing varies")
    if sample.no_interval:
        return Found(coefficient.estimate, reason=sample.no_interval)
    if coefficient.ci_low is None:
        return Found(coefficient.estimate, reason="no interval: no spread to draw from")
    method = "Feldt's interval" if feldt else f"bootstrap over {sample.drawn}, on log(1 - estimate)"
    return Found(coefficient.estimate, coefficient.ci_low, coefficient.ci_high, method=method)
