"""Sessions as they go on: turns in, states out, alarms, ratings, and what they say together."""

from attunement.web.sessions._afterwards_endpoints import (
    compare_session,
    rate_session,
    see_alarm,
)
from attunement.web.sessions._afterwards_endpoints import router as _afterwards
from attunement.web.sessions._bells import Bells
from attunement.web.sessions._endpoints import router as _sessions
from attunement.web.sessions._listening import Listening, estimator_name
from attunement.web.sessions._readings import Readings
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
    "compare_session",
    "estimator_name",
    "rate_session",
    "routers",
    "see_alarm",
    "visible",
]

routers = (_sessions, _streams, _afterwards)
