"""Reading YAML with line numbers, without YAML's surprises."""

from __future__ import annotations

from pathlib import Path

import yaml

from attunement.errors import DataError
from attunement.instruments._document import Document, Location, Value, decoded, read_bytes, sha256

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
_DEEPEST = 20
_MEND = 'Correct the YAML there; text that holds a comma, colon or # goes in "double quotes"'


def read_yaml(path: Path) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path : Path
        A file with one YAML document in UTF-8.

    Returns
    -------
    Document
        Mappings and lists of text.

    Raises
    ------
    UsageError
        The file cannot be read.
    DataError
        It is not UTF-8 or not YAML, it is empty, a key stands twice in one mapping (YAML itself
        would drop the first without a word), or it uses aliases or deep nesting.
    """
    content = read_bytes(path)
    text = decoded(content, path=path)
    try:
        _check_structure(text, path=path)
        top = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it holds characters that YAML does not allow"
        line = mark.line + 1 if mark is not None else None
        raise DataError(f"not YAML: {problem}", mend=_MEND, path=path, line=line) from error
    walk = _Walk(path)
    values = walk.value(top, ()) if top is not None else None
    if values is None:
        raise DataError("the file is empty", mend="Give a file with content", path=path)
    return Document(path, values, walk.lines, sha256(content))


def _check_structure(text: str, *, path: Path) -> None:
    """Refuse aliases and deep nesting before composing: deep nesting crashes the C composer."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _error(event, "the file is nested too deeply", path=path)
        if isinstance(event, yaml.AliasEvent):
            raise _error(event, "an alias (*name) repeats another part of the file", path=path)


def _error(found: yaml.Event | yaml.Node, problem: str, *, path: Path) -> DataError:
    line = found.start_mark.line + 1 if found.start_mark is not None else None
    mend = "Write every part once, in full, as docs/instruments.md shows"
    return DataError(problem, mend=mend, path=path, line=line)


class _Walk:
    """One pass over the nodes of a file, keeping the line of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Location, int] = {}

    def value(self, node: yaml.Node, location: Location) -> Value | None:
        """Turn `node` into text, list or mapping; None for an empty or null scalar."""
        self.lines[location] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == _NULL else str(node.value)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        entries = (self.value(entry, (*location, i)) for i, entry in enumerate(node.value))
        return ["" if entry is None else entry for entry in entries]

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Value]:
        values: dict[str, Value] = {}
        names: set[str] = set()
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                raise _error(name_node, "a field's name is not plain text", path=self.path)
            name = str(name_node.value)
            if name in names:
                raise _error(name_node, f"{name} stands twice here", path=self.path)
            names.add(name)
            value = self.value(value_node, (*location, name))
            if value is not None:
                values[name] = value
        return values
