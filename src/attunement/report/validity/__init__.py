"""The validity page: how well scores agree with ratings, for whoever has to decide on them."""

from attunement.report.validity._about import ValidityAbout
from attunement.report.validity._page import render_validity_page

__all__ = ["ValidityAbout", "render_validity_page"]
