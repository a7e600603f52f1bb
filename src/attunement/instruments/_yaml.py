"""Reading YAML with line numbers, without YAML's surprises."""

from __future__ import annotations

from pathlib import Path

import yaml

from attunement.errors import DataError
from attunement.instruments._document import Document, Location, Value, decoded, read_bytes, sha256

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
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
        would drop the first without a word), or it uses aliases.
    """
    content = read_bytes(path)
    text = decoded(content, path=path)
    try:
        top = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it holds characters that YAML does not allow"
        line = mark.line + 1 if mark is not None else None
        raise DataError(f"not YAML: {problem}", mend=_MEND, path=path, line=line) from error
    except RecursionError as error:
        raise DataError("not a data file: nested too deeply", mend=_MEND, path=path) from error
    walk = _Walk(path)
    values = walk.value(top, ()) if top is not None else None
    if values is None:
        raise DataError("the file is empty", mend="Give a file with content", path=path)
    return Document(path, values, walk.lines, sha256(content))


class _Walk:
    """One pass over the nodes of a file, keeping the line of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Location, int] = {}
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, location: Location) -> Value | None:
        """Turn `node` into text, list or mapping; None for an empty or null scalar."""
        self.lines[location] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == _NULL else str(node.value)
        if id(node) in self._seen:
            raise self._error(node, "an alias (*name) repeats another part of the file")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        entries = (self.value(entry, (*location, i)) for i, entry in enumerate(node.value))
        return ["" if entry is None else entry for entry in entries]

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Value]:
        values: dict[str, Value] = {}
        names: set[str] = set()
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                raise self._error(name_node, "a field's name is not plain text")
            name = str(name_node.value)
            if name in names:
                raise self._error(name_node, f"{name} stands twice here")
            names.add(name)
            value = self.value(value_node, (*location, name))
            if value is not None:
                values[name] = value
        return values

    def _error(self, node: yaml.Node, problem: str) -> DataError:
        return DataError(
            problem,
            mend="Write every part once, under its own name",
            path=self.path,
            line=node.start_mark.line + 1,
        )
