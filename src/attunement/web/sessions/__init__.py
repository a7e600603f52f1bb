"""Sessions as they go on: turns in, states out, alarms, ratings, and what they say together."""

from attunement.web.sessions._afterwards_endpoints import (
    compare_session,
    rate_session,
    see_alarm,
)
from attunement.web.sessions._afterwards_endpoints import router as _afterwards
from attunement.web.sessions._bells import Bells
from attunement.web.sessions._counts import count_open_alarms, count_sessions
from attunement.web.sessions._endpoints import check_length, close_session, create_session
from attunement.web.sessions._endpoints import router as _sessions
from attunement.web.sessions._forms import OWN_FORM
from attunement.web.sessions._listening import Listening, estimator_name
from attunement.web.sessions._paging import mark_of, place_of
from attunement.web.sessions._readings import Readings
from attunement.web.sessions._signal import safety
from attunement.web.sessions._store import SessionStore
from attunement.web.sessions._stream_endpoints import router as _streams
from attunement.web.sessions._turns import HeardTurn, Overtaken
from attunement.web.sessions._views import (
    STATE,
    AlarmView,
    PatientView,
    RatingView,
    SessionView,
    TurnView,
)
from attunement.web.sessions._visible import visible

__all__ = [
    "OWN_FORM",
    "STATE",
    "AlarmView",
    "Bells",
    "HeardTurn",
    "Listening",
    "Overtaken",
    "PatientView",
    "RatingView",
    "Readings",
    "SessionStore",
    "SessionView",
    "TurnView",
    "check_length",
    "close_session",
    "compare_session",
    "count_open_alarms",
    "count_sessions",
    "create_session",
    "estimator_name",
    "mark_of",
    "place_of",
    "rate_session",
    "routers",
    "safety",
    "see_alarm",
    "visible",
]

routers = (_sessions, _streams, _afterwards)
