"""Nothing goes round the narrowing of statements to one organisation: read off the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import attunement.web

ROOM = Path(attunement.web.__path__[0])
SOURCES = sorted(
    path for path in ROOM.rglob("*.py") if "storage" not in path.relative_to(ROOM).parts
)
SEE_EVERYBODY = {
    # Who is asking is not known before they are found.
    "accounts/_attempts.py",
    "accounts/_keys.py",
    "accounts/_links.py",
    "accounts/_logins.py",
    # The command line, and the first start.
    "accounts/_setup.py",
}
IMPORTED = {
    "text",
    "literal_column",
    "insert",
    "Table",
    "Connection",
    "create_engine",
    "MetaData",
    "make_transient_to_detached",
}
USED = {
    "__table__",
    "local_table",
    "exec_driver_sql",
    "metadata",
    "snapshot",
    "get_bind",
    "prefix_with",
    "suffix_with",
    "with_hint",
    "with_statement_hint",
    "from_statement",
}


def used_in(path: Path) -> set[str]:
    """Give every attribute that a module uses."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def imported_in(path: Path) -> set[str]:
    """Give every name that a module takes from the library."""
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_a_module_sees_one_organisation_unless_it_is_named_here(path: Path) -> None:
    name = path.relative_to(ROOM).as_posix()
    assert ("unscoped" in used_in(path)) == (name in SEE_EVERYBODY)


def test_the_modules_named_here_are_there() -> None:
    assert {path.relative_to(ROOM).as_posix() for path in SOURCES} >= SEE_EVERYBODY


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_no_module_outside_storage_speaks_sql_that_is_not_narrowed(path: Path) -> None:
    assert not imported_in(path) & IMPORTED
    assert not used_in(path) & USED
