"""Numbers that are looked up when somebody asks for them, not counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from attunement.web.storage import Census, StorageUnavailable

_KEPT_SECONDS = 5.0


class Gauges(Collector):
    """Sessions that are open, monitors in memory and jobs in the queue, as they are now.

    Parameters
    ----------
    count : Callable
        Counts in the database; asked at most once in five seconds.
    monitors : Callable
        Gives how many monitors are in memory.
    alarms : Callable
        Gives how many alarms of each kind were raised since the start.
    clock : Callable, optional
        Seconds that never go backwards.
    """

    def __init__(
        self,
        *,
        count: Callable[[], Census],
        monitors: Callable[[], int],
        alarms: Callable[[], Mapping[str, int]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._count = count
        self._monitors = monitors
        self._alarms = alarms
        self._clock = clock
        self._counting = threading.Lock()
        self._counted: Census | None = None
        self._until = float("-inf")

    def collect(self) -> Iterable[Metric]:
        """Give the numbers; without the database, those of the process alone."""
        yield GaugeMetricFamily(
            "attunement_monitors",
            "Live sessions that are kept in memory.",
            value=self._monitors(),
        )
        alarms = CounterMetricFamily(
            "attunement_alarms", "Alarms that were raised, by kind.", labels=("kind",)
        )
        for kind, count in sorted(self._alarms().items()):
            alarms.add_metric((kind,), count)
        yield alarms
        found = self._census()
        if found is None:
            return
        yield GaugeMetricFamily(
            "attunement_live_sessions",
            "Sessions that were begun and not closed.",
            value=found.live_sessions,
        )
        jobs = GaugeMetricFamily(
            "attunement_jobs", "Background jobs that wait or run.", labels=("status",)
        )
        jobs.add_metric(("waiting",), found.jobs_waiting)
        jobs.add_metric(("running",), found.jobs_running)
        yield jobs

    def _census(self) -> Census | None:
        with self._counting:
            if self._clock() >= self._until:
                try:
                    self._counted = self._count()
                except StorageUnavailable:
                    self._counted = None
                self._until = self._clock() + _KEPT_SECONDS
            return self._counted
