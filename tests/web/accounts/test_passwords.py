"""What makes a password good enough, and what is kept of it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from attunement.web._problems import TooMany
from attunement.web.accounts import _passwords
from attunement.web.accounts._passwords import (
    WeakPassword,
    check_password,
    hash_password,
    matches,
)

ABOUT = ("kim.ableton@example.org", "Kim Ableton")


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "elevenchars",
        "Password1234",
        "PASSWORDPASSWORD",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababab",
        "KimAbleton2026",
        "kim.ableton@example.org",
        "attunement2026",
        "x" * 250 + "abcdefg",
    ],
)
def test_a_password_that_would_be_guessed_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(weak, about=ABOUT)
    assert weak not in refused.value.detail


@pytest.mark.parametrize(
    "good",
    ["slow green tram", "nurfuerunszwei", "öööäääñññüüüééé", "   three words   ", "p" * 8 + "qrst"],
)
def test_length_counts_and_not_which_kinds_of_characters_it_has(good: str) -> None:
    check_password(good, about=ABOUT)


def test_what_is_kept_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hash_password("slow green tram"), hash_password("slow green tram")
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert matches("slow green tram", first)
    assert not matches("slow green tran", first)


def test_the_same_password_matches_however_a_keyboard_writes_it() -> None:
    assert matches("ma\u0308rchen von gestern", hash_password("m\u00e4rchen von gestern"))


def test_nothing_matches_where_no_password_is_kept() -> None:
    assert not matches("", None)
    assert not matches("slow green tram", None)


def test_who_would_wait_for_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hash_password("slow green tram")
    monkeypatch.setattr(_passwords, "_WAIT_SECONDS", 0.05)
    with ExitStack() as others:
        for _ in range(4):
            others.enter_context(_passwords._in_turn())
        with pytest.raises(TooMany):
            matches("slow green tram", kept)
    assert matches("slow green tram", kept)
