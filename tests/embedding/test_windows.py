"""Long texts are embedded whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.embedding._onnx import OnnxEncoder
from attunement.embedding._windows import WindowCutter

from .tiny import WINDOW, WORDS, tokenizer

ROOM = WINDOW - 2
PLAIN = [word for word in WORDS[4:] if word.isalpha()]
CUTTER = WindowCutter.of(tokenizer(), window=WINDOW)

texts = st.lists(st.sampled_from(PLAIN), max_size=5 * ROOM).map(" ".join)


def words(count: int, *, seed: int = 0) -> str:
    return " ".join(np.random.default_rng(seed).choice(PLAIN, count))


@given(st.lists(texts, max_size=6))
def test_no_token_is_lost_or_moved(given_texts: list[str]) -> None:
    windows = CUTTER.cut(given_texts)
    for number, text in enumerate(given_texts):
        own = [windows.ids[row] for row in np.flatnonzero(windows.owner == number)]
        assert [WORDS[token] for window in own for token in window] == text.split()
        assert all(len(window) == ROOM for window in own[:-1])


@given(st.lists(texts, max_size=12), st.integers(1, 200))
def test_batches_hold_every_window_once_with_its_special_tokens(
    given_texts: list[str], tokens: int
) -> None:
    windows = CUTTER.cut(given_texts)
    seen = []
    for rows, ids in CUTTER.batches(windows, tokens=tokens):
        assert ids.size <= tokens or len(rows) == 1
        for row, line in zip(rows, ids.tolist(), strict=True):
            assert line == [2, *windows.ids[row], 3]
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(windows.ids)))


@pytest.mark.parametrize("last", [ROOM, 5])
def test_two_windows_are_the_mean_of_the_halves_weighted_by_tokens(
    tiny: OnnxEncoder, last: int
) -> None:
    first, second = words(ROOM, seed=1), words(last, seed=2)
    halves = tiny.encode([first, second])
    mean = (ROOM * halves[0] + last * halves[1]) / (ROOM + last)
    (whole,) = tiny.encode([f"{first} {second}"])
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_text_that_just_fits_is_one_window(tiny: OnnxEncoder) -> None:
    assert len(tiny.cutter.cut([words(ROOM)]).ids) == 1
    assert len(tiny.cutter.cut([words(ROOM + 1)]).ids) == 2


@settings(deadline=None)
@given(st.integers(0, 4 * ROOM - 1))
def test_every_word_of_a_long_text_counts(place: int) -> None:
    text = words(4 * ROOM).split()
    other = [*text]
    other[place] = "rain" if text[place] != "rain" else "tea"
    cut, changed = CUTTER.cut([" ".join(text)]), CUTTER.cut([" ".join(other)])
    assert cut.ids != changed.ids


def test_two_hundred_thousand_characters_are_embedded(tiny: OnnxEncoder) -> None:
    text = (words(60_000) + " ")[:200_000]
    rest = text.rsplit(" ", 2)[0]
    vectors = tiny.encode([text, rest, "rain"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(tiny.cutter.cut([text]).ids) > 1000
    assert not np.array_equal(vectors[0], vectors[1])


def test_a_text_without_tokens_between_long_ones_keeps_everyone_in_place(
    tiny: OnnxEncoder,
) -> None:
    # U+200B is white space to no one, but the tokenizer drops it.
    given_texts = [words(3 * ROOM), "\u200b", "rain", words(ROOM + 2)]
    together = tiny.encode(given_texts)
    alone = np.vstack([tiny.encode([text]) for text in given_texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert not together[1].any()
