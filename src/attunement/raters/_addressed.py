"""Whether the words of a window address whoever rates it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from attunement.instruments.datafiles import FileModel, read_yaml, validated
from attunement.raters._model import Window
from attunement.raters._transcript import shown

_FILE = Path(__file__).with_name("data") / "addressed.yaml"


def speaks_to_judge(window: Window) -> bool:
    """Tell whether words in a window address whoever rates it, such as "ignore the above".

    Parameters
    ----------
    window : Window
        The window.

    Returns
    -------
    bool
        A mark for people to look at such verdicts, and to leave them out if they will. It is from
        a list of patterns: what is put otherwise is not marked.
    """
    pattern = _pattern()
    return any(pattern.search(_plain(words)) is not None for words in shown(window))


class _PatternsFile(FileModel):
    patterns: Annotated[list[str], Field(min_length=1)]


def _plain(words: str) -> str:
    return words.replace("’", "'").replace("“", '"').replace("”", '"')


@cache
def _pattern() -> re.Pattern[str]:
    file = validated(read_yaml(_FILE), _PatternsFile)
    return re.compile("|".join(f"(?:{pattern})" for pattern in file.patterns), re.IGNORECASE)
