"""The frame every page stands in: layout, style, scripts, and how templates become answers.

A room that has pages keeps its templates in its own `templates/` folder, extends `base.html`, and
answers with `page(request, "name.html", caller=caller, ...)`.
"""

from attunement.web.pages._frame import add_vocabulary, fragment, page
from attunement.web.pages._static import static_files

__all__ = ["add_vocabulary", "fragment", "page", "static_files"]
