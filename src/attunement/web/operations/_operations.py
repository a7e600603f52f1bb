"""What the application holds for those who run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attunement.web.operations._closing import Closing
from attunement.web.operations._gauges import Gauges
from attunement.web.operations._measures import Measures
from attunement.web.operations._readiness import Part, Readiness, enough_room
from attunement.web.storage import census, is_current

if TYPE_CHECKING:
    from attunement.web._service import Service


class Operations:
    """A service's counters, its readiness, and whether it is stopping.

    Attributes
    ----------
    measures : Measures
        What is counted, from the start.
    closing : Closing
        What streams wait for.
    """

    def __init__(self) -> None:
        self.measures = Measures()
        self.closing = Closing()
        self._readiness: Readiness | None = None

    def watch(self, service: Service) -> None:
        """Look after a service that has just been opened."""
        self.measures.watch(service.database.engine)
        self.measures.registry.register(
            Gauges(
                count=lambda: census(service.database),
                monitors=lambda: service.listening.monitors,
                alarms=lambda: dict(service.listening.raised),
            )
        )
        self._readiness = Readiness(
            (
                Part("database", lambda: is_current(service.database)),
                Part("jobs", lambda: service.jobs.alive),
                Part("disk", lambda: enough_room(service.settings.data_folder)),
            )
        )

    def not_ready(self) -> tuple[str, ...]:
        """Name the parts that keep the service from doing its work; none when it is ready."""
        if self.closing.begun:
            return ("stopping",)
        if self._readiness is None:
            return ("starting",)
        return self._readiness.failing()
