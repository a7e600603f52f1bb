"""Running the service: its journal, its health, what it counts, and how it stops."""

from attunement.web.operations._closing import Closing, DrainingServer
from attunement.web.operations._endpoints import router
from attunement.web.operations._journal import journal, keep_journal, mark_told
from attunement.web.operations._measures import Measures
from attunement.web.operations._operations import Operations
from attunement.web.operations._readiness import Part, Readiness, enough_room
from attunement.web.operations._requests import REQUEST_HEADER, Requests

__all__ = [
    "REQUEST_HEADER",
    "Closing",
    "DrainingServer",
    "Measures",
    "Operations",
    "Part",
    "Readiness",
    "Requests",
    "enough_room",
    "journal",
    "keep_journal",
    "mark_told",
    "router",
]
