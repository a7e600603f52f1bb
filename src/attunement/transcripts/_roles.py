"""Telling from the speakers' names who is the patient and who the therapist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias
from unicodedata import category

import yaml

from attunement.tables import ROLES
from attunement.transcripts._model import ReadOptions, SpeakerRole
from attunement.transcripts._records import UnknownRolesError
from attunement.transcripts._text import clean_name, listed

_RoleOf: TypeAlias = Callable[[str, ReadOptions], SpeakerRole | None]

_BRACKETED = re.compile(r"[(\[<].*?[)\]>]")
_NOT_WORDS = re.compile(r"[\W_]+")
_SYMBOL, _UNSEEN = "So", "Cf"
_MANY = 12
_LONGEST = 100


def exact(name: str) -> str:
    """Give `name` as names are compared: letters, digits and symbols, without regard to case.

    A symbol, such as a heart or a flower, may be all that tells two names apart. Marks that belong
    to a letter, as vowels do in Hindi and Thai, stay with it.
    """
    folded = clean_name(name).casefold()
    words = _NOT_WORDS.sub(" ", folded) if folded.isascii() else "".join(_compared(folded))
    return " ".join(words.split()) or folded


def default_role(name: str) -> SpeakerRole | None:
    """Give the role that a speaker's name stands for by itself, None when it stands for none."""
    return _default_role(name) if len(name) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _default_role(name: str) -> SpeakerRole | None:
    for text in (name, _BRACKETED.sub(" ", name), " ".join(_BRACKETED.findall(name))):
        words = _without_symbols(exact(text))
        for key in (words, words.rstrip("0123456789 ")):
            if role := _names().get(key):
                return role
    return None


def stated_role(name: str, options: ReadOptions) -> SpeakerRole | None:
    """Give the role that the user says `name` has, None when the user does not say.

    Symbols in `name` count only where the user names them, too.
    """
    if not options.patient and not options.therapist:
        return None
    stated, words = _stated(options.patient, options.therapist), exact(name)
    return stated.get(words) or stated.get(_without_symbols(words))


def known_role(name: str, options: ReadOptions) -> SpeakerRole | None:
    """Give the role of `name`, by the user's word or else by default."""
    return stated_role(name, options) or default_role(name)


def assign(
    speakers: Iterable[tuple[str, ...]],
    *,
    options: ReadOptions,
    path: Path,
    line: int | None,
) -> dict[tuple[str, ...], SpeakerRole]:
    """Give every speaker of a session a role.

    Parameters
    ----------
    speakers : iterable of tuple of str
        Each speaker's labels, best first; an empty tuple stands for speech without a name.
    options : ReadOptions
        The user's own names. Where one of them occurs on a side, the default names of that side
        no longer count in this session.
    path, line
        Where the session stands, for the message.

    Returns
    -------
    dict
        The labels to "patient", "therapist" or "other". Once both sides are found, a name that
        stands for neither is a third person's.

    Raises
    ------
    UnknownRolesError
        A side is missing and somebody's name stands for no role, so that it may be theirs.
    """
    distinct = list(dict.fromkeys(speakers))
    stated = {labels: _first(labels, options, stated_role) for labels in distinct}
    taken = {role for role in stated.values() if role is not None}
    roles: dict[tuple[str, ...], SpeakerRole] = {}
    unknown: list[tuple[str, ...]] = []
    for labels in distinct:
        role = stated[labels]
        if role is None:
            role = _first(labels, options, known_role)
            if role in taken:
                role = "other"
        if role is None and labels:
            unknown.append(labels)
        roles[labels] = role or "other"
    found = set(roles.values())
    if unknown and not found.issuperset(ROLES):
        raise _unknown_roles(unknown, found=found, path=path, line=line)
    return roles


def _compared(name: str) -> Iterator[str]:
    before = " "
    for character in name:
        kind = category(character)
        if character.isalnum() or (kind.startswith("M") and before != " "):
            yield (before := character)
        elif kind == _SYMBOL:
            yield f" {character}"
            yield (before := " ")
        elif kind != _UNSEEN:
            yield (before := " ")


def _without_symbols(words: str) -> str:
    if words.isascii():
        return words
    return "".join(letter for letter in words if category(letter) != _SYMBOL).strip()


def _first(labels: Sequence[str], options: ReadOptions, role_of: _RoleOf) -> SpeakerRole | None:
    return next((role for label in labels if (role := role_of(label, options))), None)


def _unknown_roles(
    unknown: list[tuple[str, ...]], *, found: set[SpeakerRole], path: Path, line: int | None
) -> UnknownRolesError:
    if len(unknown) > _MANY:
        return UnknownRolesError(
            f"{len(unknown)} different speakers, and not both a patient and a therapist among them",
            mend="Is the role column right? Name it with --columns role=NAME, or say who is who "
            "with --patient NAME --therapist NAME",
            path=path,
            line=line,
        )
    missing = [role for role in ROLES if role not in found]
    times = Counter(label for labels in unknown for label in labels)
    names = [next((n for n in labels if times[n] == 1), labels[0]) for labels in unknown]
    return UnknownRolesError(
        f"it cannot be told who is the {' and who the '.join(missing)}: the speakers without a "
        f"known role are {listed(names)}",
        mend="Say who is who with --patient NAME --therapist NAME",
        path=path,
        line=line,
    )


@lru_cache(maxsize=8)
def _stated(patient: tuple[str, ...], therapist: tuple[str, ...]) -> dict[str, SpeakerRole]:
    names: dict[str, SpeakerRole] = {exact(name): "patient" for name in patient}
    names.update({exact(name): "therapist" for name in therapist})
    return names


@lru_cache(maxsize=1)
def _names() -> dict[str, SpeakerRole]:
    text = (files("attunement.transcripts") / "roles.yaml").read_text(encoding="utf-8")
    table: dict[SpeakerRole, list[str]] = yaml.safe_load(text)
    return {exact(name): role for role, names in table.items() for name in names}
