"""The docs name every table column and every command as the code has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import marker_reference
from tools.command_reference import TARGET, reference

from attunement.markers import Definition, definitions
from attunement.tables import TABLES, Table

ROOT = Path(__file__).parent.parent.parent
DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
COMMAND = re.compile(r"^\s*(?:\$ )?((?:make|attunement|python) [^`#|]+?)\s*$", re.MULTILINE)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_page_on_tables_has_every_column_with_its_type_in_order(table: Table) -> None:
    page = (ROOT / "docs/tables.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (\S+) \|", section, re.MULTILINE)
    assert documented == [(name, str(dtype)) for name, dtype in table.columns.items()]


def test_the_command_reference_is_what_the_commands_say() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_definitions_of_markers_are_what_the_registry_says() -> None:
    page = marker_reference.TARGET.read_text(encoding="utf-8")
    assert page == marker_reference.reference(), "run `make docs`"


@pytest.mark.parametrize("marker", definitions(), ids=lambda marker: marker.name)
def test_every_marker_is_defined_once_and_named_on_the_page_on_markers(marker: Definition) -> None:
    page = (ROOT / "docs/markers.md").read_text(encoding="utf-8")
    # The nine kinds of style matching stand there as one.
    shown = "style_match_..." if marker.name.startswith("style_match_") else marker.name
    assert f"`{shown}`" in page
    defined = marker_reference.TARGET.read_text(encoding="utf-8")
    assert defined.count(f"(`{marker.name}`;") == 1


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_make_target_and_script_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for script in re.findall(r"(?:benchmarks|tools|examples)/\w+\.py", text):
        assert (ROOT / script).exists(), script


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_attunement_command_a_page_shows_exists_with_its_options(page: Path) -> None:
    known = TARGET.read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"(?:^ {4,}|`)attunement ([a-z]+)(?: ([a-z][a-z-]*))?([^`\n]*)", text, re.M)
    for first, second, rest in shown:
        # Of groups such as `models` and `data`, the second word is the command.
        grouped = f"## `attunement {first} " in known
        if grouped and not second:
            continue
        command = f"{first} {second}" if grouped else first
        assert f"## `attunement {command}`" in known, command
        section = known.split(f"## `attunement {command}`")[1].split("\n## ")[0]
        for option in re.findall(r"(?<!\w)--?[a-z][a-z-]*", rest):
            if option not in ("--version", "--help"):
                assert option in section, f"{command} {option}"
