"""Over- and underestimation are said in one place, and only of a common scale."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polars as pl
import pytest
from tests.gap import corpora

import attunement
from attunement.gap import GAP, ROLE_DIFFERENCE, GapOptions, analyze_scores, wording_for

SOURCE = Path(attunement.__file__).parent
FORBIDDEN = re.compile(r"(over|under)[- ]?estimat", re.IGNORECASE)


def _said(path: Path) -> list[str]:
    """Every string of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value)
        for parent in ast.walk(tree)
        if isinstance(parent, ast.Module | ast.ClassDef | ast.FunctionDef)
        for node in parent.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    ]


def test_no_module_but_the_one_says_over_or_underestimation() -> None:
    said = {
        path.relative_to(SOURCE).as_posix(): found
        for path in sorted(SOURCE.rglob("*.py"))
        if (found := [text for text in _said(path) if FORBIDDEN.search(text)])
    }
    assert list(said) == ["gap/_language.py"], said


def test_no_template_says_it_either() -> None:
    templates = [path for kind in ("*.j2", "*.html", "*.yaml") for path in SOURCE.rglob(kind)]
    said = [path.name for path in templates if FORBIDDEN.search(path.read_text("utf-8"))]
    assert said == []


def test_off_a_common_scale_there_is_no_word_for_it() -> None:
    wording = wording_for(on_common_scale=False)
    assert wording is ROLE_DIFFERENCE
    for text in (wording.name, wording.above, wording.below, wording.reading):
        assert not FORBIDDEN.search(text)


def test_on_a_common_scale_above_zero_is_over_and_below_is_under() -> None:
    assert wording_for(on_common_scale=True) is GAP
    assert "over" in GAP.direction(0.1)
    assert "under" in GAP.direction(-0.1)


@pytest.mark.parametrize(("common", "name"), [(False, "role difference"), (True, "gap")])
def test_every_row_of_the_effects_carries_the_name_it_may_have(common: bool, name: str) -> None:
    scores = corpora.scores(24, 12, lambda s, time, therapist: time + s * therapist)
    result = analyze_scores(
        scores, corpora.sessions(24), on_common_scale=common, options=GapOptions(draws=199)
    )
    assert result.effects["quantity"].unique().to_list() == [name]
    text = [c for c, dtype in result.effects.schema.items() if dtype == pl.String]
    said = pl.concat([result.effects[c].rename("said") for c in text]).drop_nulls().unique()
    assert not any(FORBIDDEN.search(one) for one in said)
