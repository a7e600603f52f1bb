"""Keeping and letting go: handing out everything, erasing patients, and daily retention."""

from attunement.web.keeping._daily import Daily
from attunement.web.keeping._endpoints import router

__all__ = ["Daily", "router"]
