"""Write docs/commands.md from the commands themselves: `python tools/command_reference.py`.

A test fails when the page and the commands part ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from attunement.cli._app import app

TARGET = Path(__file__).parent.parent / "docs/commands.md"

HEAD = """# Commands

<!-- Written by tools/command_reference.py; edit the commands, not this page. -->

Exit codes: 0 fine, 1 problems in the data, 2 wrong use (130 after Ctrl-C, 143 after SIGTERM). Every
message goes to standard error, results to standard output; `--json` makes the result one JSON
document. A command that fails has no result: standard output is then empty, and the message is on
standard error (a gate of `audit` that does not hold is a result, with exit code 1). Progress bars
show only on a terminal. Files appear whole or not at all. A command that writes to the same folder
again removes what its earlier run left there and this one has not written, and says so. Files that
were changed since stay, and so does all that is not its own (`.attunement-files.json` in the folder
lists what is).
"""


def reference() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    return HEAD + "".join(_section(name, command) for name, command in _leaves(root, "attunement"))


def _leaves(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _section(name: str, command: Any) -> str:
    arguments = " ".join(p.metavar or p.name for p in command.params if not _is_option(p))
    needed = " ".join(_spelled(p) for p in command.params if _is_option(p) and p.required)
    usage = " ".join(part for part in (name, arguments, needed, "[OPTIONS]") if part)
    rows = "".join(_row(parameter) for parameter in command.params)
    table = f"\n| argument or option | what it does |\n|---|---|\n{rows}" if rows else ""
    return f"\n## `{name}`\n\n{command.help}\n\n    {usage}\n{table}"


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _spelled(parameter: Any) -> str:
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar}"


def _row(parameter: Any) -> str:
    spelled = _spelled(parameter) if _is_option(parameter) else parameter.metavar or parameter.name
    default = parameter.default
    note = (
        ""
        if default in (None, False, True)
        else f" Default: `{getattr(default, 'value', default)}`."
    )
    return f"| `{spelled.replace('|', chr(92) + '|')}` | {parameter.help or ''}{note} |\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
