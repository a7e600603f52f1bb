"""As many may be at the database as answer at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import anyio
from anyio.to_thread import current_default_thread_limiter
from sqlalchemy import func, select

from attunement.web.storage import Database, User


def test_nobody_who_answers_waits_for_anothers_connection(postgres_url: str) -> None:
    threads = int(anyio.run(_answering))
    database = Database(postgres_url)
    together = Barrier(threads, timeout=20)

    def ask(_: int) -> int | None:
        with database.of("0" * 32) as db:
            counted = db.scalar(select(func.count()).select_from(User))
            # Everybody holds a connection here, or nobody goes on.
            together.wait()
        return counted

    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(ask, range(threads))) == [0] * threads
    database.close()


async def _answering() -> float:
    return current_default_thread_limiter().total_tokens
