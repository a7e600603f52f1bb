"""Open the embedding model with its cache, and say so when that takes a while."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TextIO

import typer

from attunement.embedding import CachedEncoder, CacheWarning, Encoder, VectorCache, open_encoder


@contextmanager
def cached_encoder(model: str | None) -> Iterator[Encoder]:
    """Open an encoder whose vectors are kept, and close the cache behind it.

    What is downloaded or built on first use, and a cache that cannot be used, are said on
    standard error.

    Parameters
    ----------
    model : str, optional
        A folder or a URL; the default model if none is given.

    Yields
    ------
    Encoder
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", CacheWarning)
        warnings.showwarning = _tell_warning
        encoder = open_encoder(model, progress=_tell)
        with closing(VectorCache()) as cache:
            yield CachedEncoder(encoder, cache)


def _tell(words: str) -> None:
    typer.echo(f"attunement: {words}", err=True)


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _tell(str(message))
