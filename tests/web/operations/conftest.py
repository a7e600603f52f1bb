"""What the tests of operations share: a journal that can be read."""

import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from attunement.web.operations import keep_journal
from attunement.web.operations._journal import _sink


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Give what the journal writes; put everything back afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    stream = io.StringIO()
    keep_journal(as_json=True, stream=stream)
    yield stream
    logging.captureWarnings(capture=False)
    _sink.turn_to(None, as_json=False)
    structlog.reset_defaults()
    root.handlers, level, sys.excepthook, threading.excepthook, sys.unraisablehook = before
    root.setLevel(level)
