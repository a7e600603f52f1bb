"""What is going on, on standard error, only when a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


def say(words: str) -> None:
    """Say that something begins which takes a while and cannot be counted."""
    if sys.stderr.isatty():
        typer.echo(f"attunement: {words}", err=True)


@contextmanager
def progress_bar(
    description: str, *, unit: str, total: int | None
) -> Iterator[Callable[[int], None]]:
    """Show a bar with a rate and the time left while the block runs.

    Parameters
    ----------
    description : str
        What is being done.
    unit : str
        What is counted, in the plural.
    total : int, optional
        How many there are in all; without it the bar shows a count and a rate.

    Yields
    ------
    callable
        Call it with how many more are done. Without a terminal it does nothing.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield lambda done: progress.advance(task, done)
