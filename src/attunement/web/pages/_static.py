"""Style, scripts and vendored libraries, served by us and from nowhere else."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


class _Revalidated(StaticFiles):
    """Files that a browser keeps, and asks about before it uses them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def static_files() -> StaticFiles:
    """Give the application to mount at `/static`."""
    return _Revalidated(directory=FOLDER)


@cache
def static_url(name: str) -> str:
    """Give a file's address, which changes when the file does."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
