"""docs/questionnaires.md can be followed, and leaves no field, column or name out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.instruments.questionnaires.conftest import Forms

from attunement.instruments.questionnaires import (
    CHANGES,
    CONSISTENCY,
    Instrument,
    load_instrument,
    shipped_instruments,
)
from attunement.instruments.questionnaires._columns import known_names

PAGE = Path(__file__).parents[3] / "docs" / "questionnaires.md"
Write = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def _block(page: str, language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert match is not None
    return match.group(1)


def test_the_definition_on_the_page_loads(page: str, write: Write) -> None:
    own = load_instrument(write("clinic.yaml", _block(page, "yaml")))
    assert own.measures == ("trust", "plan", "alliance")
    assert own.missing_codes == (-99,)


def test_the_example_on_the_page_runs(
    page: str, forms: Forms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = forms(load_instrument("WAI-SR"), patients=12, each=2)
    items = [f"item_{n}" for n in range(1, 13)]
    answers.select("patient_id", pl.col(items).cast(pl.Int64)).write_csv(tmp_path / "forms.csv")
    sessions = answers.select("patient_id", pl.int_range(pl.len()).alias("session_id"))
    sessions.write_csv(tmp_path / "sessions.csv")
    monkeypatch.chdir(tmp_path)
    exec(compile(_block(page, "python"), str(PAGE), "exec"), {})


@pytest.mark.parametrize(
    "name",
    [
        *sorted(set(Instrument.__dataclass_fields__) - {"items"}),
        *CONSISTENCY,
        *CHANGES,
        *known_names()["fields"],
        *(one.name for one in shipped_instruments()),
    ],
)
def test_every_field_column_and_instrument_is_on_the_page(page: str, name: str) -> None:
    assert f"`{name}`" in page
