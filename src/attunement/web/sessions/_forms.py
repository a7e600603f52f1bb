"""Which scales of which forms ask for the alliance, and so have something inferred beside them."""

from __future__ import annotations

from attunement.instruments.questionnaires import same_name
from attunement.tables import ALLIANCE, SCALES

OWN_FORM = "three questions"
"""The pages' own form, 1 to 7 on each scale; nobody's questionnaire."""

ALLIANCE_FORMS = (OWN_FORM, "WAI-SR", "WAI-S", "WAI-36", "SRS")
"""Forms that are known to ask for the alliance, however their names are spelled."""

_WHOLE = frozenset({ALLIANCE, "total", "overall"})
_KNOWN = frozenset(map(same_name, ALLIANCE_FORMS))


def measure_of(instrument: str, scale: str) -> str | None:
    """Give the measure that a scale asks for: a scale's of the alliance, or the whole's.

    Parameters
    ----------
    instrument, scale : str
        As somebody called them.

    Returns
    -------
    str or None
        None where the form is not known to be one of the alliance, or the scale is another.
    """
    if same_name(instrument) not in _KNOWN:
        return None
    name = scale.strip().casefold()
    if name in _WHOLE:
        return ALLIANCE
    return name if name in SCALES else None
