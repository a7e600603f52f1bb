"""What is counted while the service runs. No label names anybody or any session."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from attunement import __version__

_TURN_SECONDS = (0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measures:
    """One service's counters, in a registry of their own.

    Attributes
    ----------
    requests : Counter
        Answers, by route template, method and status.
    turn_seconds : Histogram
        From a turn's arrival to its acknowledgement: committed, with its state.
    streams : Gauge
        Streams and sockets that are open.
    database_errors : Counter
        Statements that failed, and connections that could not be had, by the error's type.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Info("attunement", "What runs here.", registry=self.registry).info({"version": __version__})
        self.requests = Counter(
            "attunement_requests",
            "Answers, by route template.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.turn_seconds = Histogram(
            "attunement_turn_seconds",
            "From a posted turn's arrival to its acknowledgement.",
            buckets=_TURN_SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge(
            "attunement_streams", "Open streams and sockets.", registry=self.registry
        )
        self.database_errors = Counter(
            "attunement_database_errors",
            "Statements that failed and connections that could not be had, by type.",
            ("error",),
            registry=self.registry,
        )

    def watch(self, engine: Engine) -> None:
        """Count what goes wrong in a database."""
        event.listen(engine, "handle_error", self._note_database_error)

    def _note_database_error(self, context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception or context.original_exception
        self.database_errors.labels(error=type(error).__name__).inc()
