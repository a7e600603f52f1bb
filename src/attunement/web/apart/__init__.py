"""What is done in a process of its own: it has limits, no keys, and may be ended at any time.

Files from strangers are read there, so that none can hurt the service, and long statistics are
run there, so that nobody's live session waits for them.
"""

from attunement.web.apart._limits import Limits
from attunement.web.apart._process import EndedError, Ending, StoppedError, messages_from
from attunement.web.apart._wire import session_from, session_message

__all__ = [
    "EndedError",
    "Ending",
    "Limits",
    "StoppedError",
    "messages_from",
    "session_from",
    "session_message",
]
