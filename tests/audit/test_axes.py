"""Satisfaction and clarity: two axes, known groups on each, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from attunement.alliance import load_reference
from attunement.audit._axes import AXES, CLEAR, SATISFIED, Axes, axis_lines, parting
from attunement.embedding import Encoder, open_encoder

LINES: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("axis_lines.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder()


@pytest.fixture(scope="module")
def axes(encoder: Encoder) -> Axes:
    return Axes().fit(encoder)


def spoken(texts: Sequence[str], role: str = "patient") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "session_id": ["c"] * len(texts),
            "turn": pl.Series(range(len(texts)), dtype=pl.Int32),
            "role": [role] * len(texts),
            "text": list(texts),
        }
    )


def means(axes: Axes, encoder: Encoder, group: str) -> dict[str, float]:
    scores = axes.score(spoken(LINES[group]), encoder.encode(LINES[group]))
    return {name: float(np.mean(scores[name].to_numpy())) for name in AXES}


@pytest.mark.parametrize(
    ("axis", "other", "high", "low"),
    [
        ("satisfaction", "clarity", "satisfied", "dissatisfied"),
        ("clarity", "satisfaction", "clear", "unclear"),
    ],
)
def test_groups_part_on_their_own_axis_and_hardly_on_the_other(
    axes: Axes, encoder: Encoder, axis: str, other: str, high: str, low: str
) -> None:
    above, below = means(axes, encoder, high), means(axes, encoder, low)
    apart = above[axis] - below[axis]
    assert apart > 2.0
    assert abs(above[other] - below[other]) < apart / 3


def test_the_axes_point_in_different_directions(axes: Axes) -> None:
    assert np.linalg.norm(axes.axes_, axis=0) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert abs(float(axes.axes_[:, 0] @ axes.axes_[:, 1])) < 0.2


def test_thanks_without_a_clue_lie_far_above_a_clue_without_thanks(
    axes: Axes, encoder: Encoder
) -> None:
    satisfied = means(axes, encoder, "satisfied_not_clear")
    clear = means(axes, encoder, "clear_not_satisfied")
    assert satisfied["satisfaction"] > 1.0 > -1.0 > satisfied["clarity"]
    assert clear["satisfaction"] - clear["clarity"] < 0.0


def test_scores_are_in_standard_deviations_of_the_references_users(
    axes: Axes, encoder: Encoder
) -> None:
    reference = load_reference()
    texts = [
        text
        for role, text in zip(reference.roles, reference.texts, strict=True)
        if role == "patient"
    ]
    scores = axes.score(spoken(texts), encoder.encode(texts)).select(AXES).to_numpy()
    assert scores.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-4)
    assert scores.std(axis=0) == pytest.approx([1.0, 1.0], abs=1e-4)


def test_only_the_users_turns_are_placed_and_each_by_its_own_words_alone(
    axes: Axes, encoder: Encoder
) -> None:
    texts = ["Thanks!", "You're welcome.", "I don't know what to do."]
    turns = spoken(texts).with_columns(role=pl.Series(["patient", "therapist", "patient"]))
    vectors = encoder.encode(texts)
    scores = axes.score(turns, vectors)
    assert scores["turn"].to_list() == [0, 2]
    assert scores.columns == ["session_id", "turn", *AXES]
    alone = axes.score(turns[2:], vectors[2:])
    assert alone.equals(scores[1:])
    assert axes.score(turns[:0], vectors[:0]).is_empty()


def test_parting_needs_one_high_and_the_other_low_and_gives_the_widest_first() -> None:
    scored = pl.DataFrame(
        {
            "session_id": ["b", "b", "b", "a", "a"],
            "turn": [0, 2, 4, 0, 2],
            "satisfaction": [1.2, 3.0, 3.0, -1.5, 0.9],
            "clarity": [-1.1, -2.0, 0.5, 1.0, -3.0],
        }
    )
    found = parting(scored)
    assert found.select("session_id", "turn", "parts").rows() == [
        ("b", 2, SATISFIED),
        ("b", 0, SATISFIED),
        ("a", 0, CLEAR),
    ]
    assert parting(scored, apart=2.0)["turn"].to_list() == [2]
    assert parting(scored[:0]).is_empty()


def test_lines_stand_in_pairs_matched_in_length_and_no_test_line_is_an_anchor() -> None:
    lines = axis_lines()
    for name in AXES:
        strong, weak = lines.strong[name], lines.weak[name]
        assert len(strong) == len(weak) >= 24
        counts = [[len(line.split()) for line in pole] for pole in (strong, weak)]
        assert abs(np.mean(counts[0]) - np.mean(counts[1])) < 2
    anchors = {*lines.neutral, *(t for n in AXES for t in (*lines.strong[n], *lines.weak[n]))}
    assert not anchors & {line for group in LINES.values() for line in group}
