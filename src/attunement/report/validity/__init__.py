"""The validity page: how well scores agree with ratings, for whoever has to decide on them."""

from attunement.report.validity._about import ValidityAbout
from attunement.report.validity._names import (
    SESSION_FIGURES,
    TURN_FIGURES,
    between,
    coefficient,
    session_figures,
    turn_figures,
)
from attunement.report.validity._page import render_validity_page
from attunement.report.validity._story import answer

__all__ = [
    "SESSION_FIGURES",
    "TURN_FIGURES",
    "ValidityAbout",
    "answer",
    "between",
    "coefficient",
    "render_validity_page",
    "session_figures",
    "turn_figures",
]
