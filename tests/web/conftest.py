"""What the tests of the service share: real databases."""

from __future__ import annotations

from tests.web.postgres import empty_postgres_url, postgres_server, postgres_url

__all__ = ["empty_postgres_url", "postgres_server", "postgres_url"]
