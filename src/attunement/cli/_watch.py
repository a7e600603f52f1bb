"""`attunement watch`: turns as they are spoken, and what is known after each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attunement.cli._options import Fitted, Model, PatientNames, TherapistNames
from attunement.errors import UsageError

if TYPE_CHECKING:
    from attunement.live import State

STANDARD_INPUT = Path("-")


def watch(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="[FILE|-]",
            help="Where turns are written, one a line: plain `T: ...` or JSON with role and text. "
            "Standard input by default.",
        ),
    ] = STANDARD_INPUT,
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on waiting for what is added to the file."),
    ] = False,
    fitted: Fitted = None,
    false_alarms: Annotated[
        float,
        typer.Option(
            metavar="NUMBER",
            help="False alarms of one kind that you accept in a session where nothing changes, "
            "from .01 to 1.",
        ),
    ] = 0.1,
    model: Model = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each state as one line of JSON.")
    ] = False,
) -> None:
    """Listen to one session while it goes on: a turn in, a line out, and alarms."""
    from attunement.alliance.fitted import load_model
    from attunement.cli._encoder import cached_encoder
    from attunement.live import Listener
    from attunement.transcripts import ReadOptions, TurnLines

    named = None if path == STANDARD_INPUT else path
    if follow and named is None:
        raise UsageError(
            "standard input is followed to its end by itself",
            mend="Name a file to follow, or leave --follow out",
            field="--follow",
        )
    options = ReadOptions(patient=tuple(patient or ()), therapist=tuple(therapist or ()))
    known = None if fitted is None else load_model(fitted)
    with ExitStack() as stack:
        lines = _lines(stack, named, follow=follow)
        encoder = stack.enter_context(cached_encoder(model))
        listener = Listener(encoder, known, false_alarms=false_alarms).fit()
        reader = TurnLines(options, path=named)
        monitor = listener.monitor("stdin" if named is None else named.stem)
        show = _printer(listener.ears_.unit, fitted=known is not None, as_json=as_json)
        try:
            for number, line in lines:
                turn = reader.read(line, number=number)
                if turn is not None:
                    show(monitor.step(turn))
        except KeyboardInterrupt:
            # Following has no other end, so that it is not a failure.
            if not follow:
                raise
            typer.echo(f"attunement: stopped after {monitor.turns:,} turns.", err=True)


def _lines(stack: ExitStack, path: Path | None, *, follow: bool) -> Iterator[tuple[int, bytes]]:
    from attunement.cli._growing import follow_lines, open_lines, read_lines

    if path is None:
        if sys.stdin.isatty():
            typer.echo('attunement: type turns as "T: ..." and "P: ..."; Ctrl-D ends.', err=True)
        return read_lines(sys.stdin.buffer, path=None)
    stream = stack.enter_context(open_lines(path))
    return follow_lines(stream, path=path) if follow else read_lines(stream, path=path)


def _printer(unit: str, *, fitted: bool, as_json: bool) -> Callable[[State], None]:
    """Give what shows a state at once: JSON, or a line for people."""
    if as_json:
        from pydantic import TypeAdapter

        from attunement.live import State

        states = TypeAdapter(State)

        def write(state: State) -> None:
            sys.stdout.buffer.write(states.dump_json(state) + b"\n")
            sys.stdout.buffer.flush()

        return write

    from rich.console import Console

    from attunement.cli._watch_lines import heading, state_lines

    console = Console(highlight=False, soft_wrap=True)
    typer.echo(heading(unit=unit, fitted=fitted), err=True)

    def show(state: State) -> None:
        console.print(state_lines(state))
        sys.stdout.flush()

    return show
