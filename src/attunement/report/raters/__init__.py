"""The raters' page: how far judges can be relied on, for whoever has to decide on them."""

from attunement.report.raters._page import RatersAbout, render_raters_page
from attunement.report.raters._shown import RatersShown

__all__ = ["RatersAbout", "RatersShown", "render_raters_page"]
