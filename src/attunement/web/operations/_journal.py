"""The journal: what the service says of itself, and never what anybody said to it.

Nothing is written that is not on the list of fields below, and no value that could be a sentence.
An error is its type and the places it passed, without its message (a database's holds parameters),
without source and without local values. What other libraries log is kept the same way: who said
something, where, and the type of the error, not what was said.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

FIELDS = frozenset(
    {
        "caller",
        "count",
        "error",
        "job",
        "kind",
        "logger",
        "method",
        "ms",
        "part",
        "place",
        "port",
        "request",
        "route",
        "seconds",
        "status",
        "version",
    }
)
"""What a line may hold beside its time, level and event."""

WITHHELD = "(withheld)"
"""Stands where something was not fit to be written, so that nothing goes unseen."""

_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", re.ASCII)
_WORD = re.compile(r"[\w.:/{}<>()+-]{0,200}", re.ASCII)
_OURS = "attunement."
_LAST_PLACES = 6
_TOLD = "told in the journal"


def keep_journal(*, as_json: bool, stream: TextIO | None = None) -> None:
    """Write the journal, and let nothing else be written, until the process ends.

    Parameters
    ----------
    as_json : bool
        One JSON object a line, for programs; otherwise lines for people.
    stream : TextIO, optional
        Where to; standard error unless given.

    Notes
    -----
    Without this call the journal goes to standard error and is as silent about words; but what
    other libraries write is then theirs.
    """
    _sink.turn_to(stream, as_json=as_json)
    # Whoever else uses structlog, with its own defaults, would show local values.
    structlog.configure(
        processors=_PROCESSORS, wrapper_class=_AT_INFO, logger_factory=lambda *_: _sink
    )
    root = logging.getLogger()
    root.handlers = [_FromLibraries()]
    root.setLevel(logging.WARNING)
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            logger.handlers = []
            logger.propagate = True
            logger.disabled = name == "uvicorn.access"
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def mark_told(error: BaseException) -> None:
    """Remember that the journal has this error, so that it is not told twice on its way up."""
    error.add_note(_TOLD)


def tell_error(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Put an exception's types and places where structlog would put its traceback."""
    told = line.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()[1]
    elif isinstance(told, tuple):
        told = told[1]
    if isinstance(told, BaseException):
        line["error"] = list(_types(told))
        line["place"] = list(_places(told.__traceback__))
    return line


def only_known_fields(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Withhold what is not on the list, and what is not a number or one word."""
    event = line.pop("event", "")
    level = line.pop("level")
    fit: EventDict = {
        "event": event if isinstance(event, str) and _EVENT.fullmatch(event) else WITHHELD,
        "level": level,
    }
    for field, value in line.items():
        if field in FIELDS:
            fit[field] = _fit(value)
        else:
            fit["withheld"] = fit.get("withheld", 0) + 1
    return fit


def _fit(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else WITHHELD
    if isinstance(value, list):
        return [_fit(part) for part in value]
    return WITHHELD


def _types(error: BaseException) -> Iterator[str]:
    """Name the error's type, and the types of what led to it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        if isinstance(cause, BaseExceptionGroup):
            for part in cause.exceptions:
                yield from _types(part)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _places(trace: TracebackType | None) -> list[str]:
    """Name the places an error passed, outermost first: those in our code, and the last few."""
    places: list[str] = []
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    last = len(places) - _LAST_PLACES
    return [place for at, place in enumerate(places) if at >= last or place.startswith(_OURS)]


class _Sink:
    """Where lines go; to standard error, for people, until told otherwise."""

    def __init__(self) -> None:
        self.turn_to(None, as_json=False)

    def turn_to(self, stream: TextIO | None, *, as_json: bool) -> None:
        self._stream = stream
        colors = not as_json and (stream or sys.stderr).isatty()
        self._render: Processor = (
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=colors)
        )

    def render(self, logger: WrappedLogger, method: str, line: EventDict) -> str:
        rendered = self._render(logger, method, line)
        assert isinstance(rendered, str)
        return rendered

    def write(self, line: str) -> None:
        stream = self._stream or sys.stderr
        # A log that nobody takes any more is no reason to stop.
        with suppress(OSError, ValueError):
            stream.write(f"{line}\n")
            stream.flush()

    debug = info = warning = error = exception = critical = msg = write


_sink = _Sink()
_AT_INFO = structlog.make_filtering_bound_logger(logging.INFO)
_PROCESSORS: list[Processor] = [
    structlog.processors.add_log_level,
    tell_error,
    only_known_fields,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _sink.render,
]

journal: FilteringBoundLogger = structlog.wrap_logger(
    _sink, processors=_PROCESSORS, wrapper_class=_AT_INFO, cache_logger_on_first_use=True
)
"""Where every room writes: `journal.info("job.done", kind="upload", seconds=3.2)`."""


class _FromLibraries(logging.Handler):
    """Keeps of other libraries' records who wrote them, where, and the type of the error."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if _TOLD in getattr(error, "__notes__", ()):
            return
        heard: dict[str, Any] = {
            "logger": record.name,
            "place": [f"{record.module}:{record.funcName}:{record.lineno}"],
        }
        if error is not None:
            heard |= {"exc_info": error}
        journal.log(record.levelno, "library.spoke", **heard)


def _uncaught(
    kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        journal.critical("service.fell", exc_info=error)


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    journal.critical("thread.fell", exc_info=told.exc_value)


def _unraisable(told: sys.UnraisableHookArgs) -> None:
    journal.error("cleanup.failed", exc_info=told.exc_value)
