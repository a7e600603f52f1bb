"""Passwords: what makes one good enough, and argon2id to keep none."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from attunement.web._problems import Problem, TooMany

FEWEST_CHARS = 12
MOST_CHARS = 256
_FEWEST_DIFFERENT = 5
_FEWEST_OF_ONES_OWN = 8
_WORD_CHARS = 4
_PRODUCT = "attunement"

_HASHES = PasswordHash((Argon2Hasher(),))
_AT_ONCE = BoundedSemaphore(4)
"""Each takes 64 MiB while it is worked out."""
_WAIT_SECONDS = 2
"""Whoever waits keeps a thread from those who post turns."""


class WeakPassword(Problem):
    """A password that would be guessed."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            422,
            detail,
            mend="Take several words that do not belong together, or let a password manager "
            "make one.",
            more={"field": "password"},
        )


def check_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Refuse a password that would be guessed.

    Its length counts, and that it is not a known one; not which kinds of characters it has
    (NIST SP 800-63B, 5.1.1.2).

    Parameters
    ----------
    password : str
        The password.
    about : tuple of str
        What others know of the person: their name, their address.

    Raises
    ------
    WeakPassword
        Says what is wrong with it.
    """
    plain = _normal(password)
    if len(plain) < FEWEST_CHARS:
        raise WeakPassword(f"A password has at least {FEWEST_CHARS} characters.")
    if len(plain) > MOST_CHARS:
        raise WeakPassword(f"A password has at most {MOST_CHARS} characters.")
    folded = plain.casefold()
    if folded in _common() or len(set(folded)) < _FEWEST_DIFFERENT:
        raise WeakPassword("This password is among the first that are guessed.")
    own = folded
    for word in sorted(_words(about), key=len, reverse=True):
        own = own.replace(word, "")
    if len(own) < _FEWEST_OF_ONES_OWN:
        raise WeakPassword("This password is little more than your name or address.")


def hash_password(password: str) -> str:
    """Give what is kept of a password: argon2id, with a salt of its own.

    Raises
    ------
    TooMany
        Others' passwords are being worked out.
    """
    with _in_turn():
        return _HASHES.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; takes as long where none was.

    Raises
    ------
    TooMany
        Others' passwords are being worked out.
    """
    nobodys = _nobodys()
    with _in_turn():
        right = _HASHES.verify(_normal(password)[:MOST_CHARS], kept or nobodys)
    return right and kept is not None


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        raise TooMany(retry_after=_WAIT_SECONDS)
    try:
        yield
    finally:
        _AT_ONCE.release()


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe())


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def _words(about: tuple[str, ...]) -> set[str]:
    found = {_PRODUCT}
    for one in about:
        folded = _normal(one).casefold()
        found |= {folded, *folded.replace("@", " ").replace(".", " ").split()}
    return {word for word in found if len(word) >= _WORD_CHARS}


def _normal(password: str) -> str:
    """Let the same password be the same whichever keyboard has typed it."""
    return unicodedata.normalize("NFKC", password)
