"""The ablation on an invented corpus: what must coincide coincides, and its figures are right."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks._ablation import (
    DEFAULT,
    HALVES,
    FittedReading,
    NearestAnchors,
    Reading,
    Reshaped,
    Variant,
    ablation,
    fitted,
    half_whitened,
    mean_of_scales,
    of_register,
    score,
    thinned,
    variants,
    without_length,
    without_life,
)
from benchmarks.ablation import CORPORA, report
from benchmarks.validity import Scored, in_half
from numpy.typing import NDArray
from tests.alliance.conftest import HashedWords

from attunement.alliance import Compass, Contrast, Form, Scorer, embed, load_reference
from attunement.embedding import Vectors
from attunement.instruments import load_anchors
from attunement.tables import ALLIANCE, POLES, ROLES, SCALES, Pole, Role
from attunement.transcripts import Corpus, ReadOptions
from attunement.validity import COMPASS, Interval, ValidityOptions, ValidityResult, validate

MEANS = "difference of the poles' means"


class Remembering:
    """Hashed words, worked out once a text."""

    name = "remembering"
    fingerprint = "remembering-hashed-words-1"
    dimension = HashedWords.dimension

    def __init__(self) -> None:
        self.known: dict[str, NDArray[np.float32]] = {}

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        for text, vector in zip(new, list(HashedWords().encode(new)), strict=True):
            self.known[text] = vector
        rows = [self.known[text] for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)


ENCODER = Remembering()
BANK = load_anchors()
PATIENT_LINES = {
    pole: [one.text for one in BANK.anchors if (one.role, one.pole) == ("patient", pole)]
    for pole in POLES
}
THERAPIST_LINES = [line.text for line in BANK.neutral_of("therapist")]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty sessions of forty patients who say strong anchors the more, the better they rate."""
    folder = tmp_path_factory.mktemp("corpora")
    generator = np.random.default_rng(5)
    rated: list[dict[str, object]] = []
    at_turns: list[dict[str, object]] = []
    for number in range(80):
        level = float(generator.uniform())
        session: dict[str, object] = {
            "session_id": f"s{number:02d}",
            "turns": exchanges(level, generator),
        }
        whole: dict[str, object] = {
            "patient_id": f"p{number // 2}",
            "patient_ratings": dict.fromkeys((*SCALES, ALLIANCE), round(5 * level, 2)),
            "flags": {"unwilling_to_continue": level < 0.3},
        }
        rated.append(session | whole)
        at_turns.append({"session_id": f"e{number:02d}", "turns": rated_turns(generator)})
    for name, sessions in zip(CORPORA, (rated, at_turns), strict=True):
        with lzma.open(folder / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in sessions)
    return folder


def rated_turns(generator: np.random.Generator) -> list[dict[str, object]]:
    """Every patient turn is rated, higher after a strong anchor."""
    turns = exchanges(0.5, generator)
    for turn in turns[1::2]:
        strong = turn["text"] in PATIENT_LINES["strong"]
        turn["patient_rating"] = 2.0 + 2 * strong + int(generator.integers(0, 2))
    return turns


def exchanges(level: float, generator: np.random.Generator) -> list[dict[str, object]]:
    share = level**3 / (level**3 + (1 - level) ** 3)
    turns: list[dict[str, object]] = []
    for _ in range(generator.integers(16, 25)):
        turns.append({"role": "therapist", "text": str(generator.choice(THERAPIST_LINES))})
        pole: Pole = "strong" if generator.uniform() < share else "weak"
        turns.append({"role": "patient", "text": str(generator.choice(PATIENT_LINES[pole]))})
    return turns


@pytest.fixture(scope="module")
def printed(corpora: Path) -> tuple[dict[str, Any], str]:
    """What the whole benchmark finds and prints, the same encoder standing for another too."""
    other = Remembering()
    other.name = "another"
    with redirect_stdout(StringIO()) as lines:
        found = report(corpora, ENCODER, other)
    return found, lines.getvalue()


@pytest.fixture(scope="module")
def rows(printed: tuple[dict[str, Any], str]) -> dict[str, dict[str, Any]]:
    return {one["variant"]: one for one in printed[0]["rows"]}


# --- the whole table -------------------------------------------------------------------------


def test_patients_who_say_strong_anchors_are_found_to_rate_high(rows: dict[str, Any]) -> None:
    for short in HALVES.values():
        assert rows[DEFAULT][f"{short} main"] > 0.5
        assert rows[DEFAULT][f"{short} AUC"] > 0.75
        assert abs(rows["therapist turns, own form"][f"{short} main"]) < 0.5
    assert rows[DEFAULT]["turns"] > 0.3


def test_every_variant_has_its_line_and_every_line_its_figures(
    printed: tuple[dict[str, Any], str], rows: dict[str, Any]
) -> None:
    found, text = printed
    assert len(rows) == len(found["rows"]) == len(variants()) + 3
    lines = text.splitlines()
    for name, row in rows.items():
        (line,) = (one for one in lines if one.startswith(f"{name}  "))
        assert line.split(f"{name}  ")[1].split()[:2] == [
            f"{row[key]:.3f}" for key in ("dev main", "held main")
        ]
        assert ("difference" in row) == (name != DEFAULT)
    json.dumps(found)


def test_neutral_lines_move_the_means_of_the_poles_not_at_all(rows: dict[str, Any]) -> None:
    for key, value in rows[MEANS].items():
        if isinstance(value, float):
            beside = rows["the same, neutral lines held at 0"][key]
            assert beside == pytest.approx(value, abs=1e-3), key
    assert rows[MEANS]["turns"] != pytest.approx(rows[DEFAULT]["turns"], abs=1e-4)


def test_another_encoder_with_the_same_vectors_gives_the_same_figures(rows: dict[str, Any]) -> None:
    for other, own in (("default", DEFAULT), ("means", MEANS)):
        for key in ("dev main", "held cut", "held AUC", "turns position out"):
            assert rows[f"another (remember): {other}"][key] == rows[own][key]
    assert rows["another (remember): default"]["difference"] == 0


def test_the_pooling_in_a_row_is_that_of_the_column_of_its_name(rows: dict[str, Any]) -> None:
    for short in HALVES.values():
        for name in ("all_turns", "last_quarter"):
            assert rows[name][f"{short} main"] == rows[DEFAULT][f"{short} {name}"]
            assert rows[name][f"{short} main"] != rows[DEFAULT][f"{short} main"]
        assert f"{short} all_turns" not in rows["all_turns"]


# --- the figures, beside those of `validate` -------------------------------------------------


@pytest.mark.parametrize("half", HALVES)
def test_figures_are_those_of_validate(corpora: Path, rows: dict[str, Any], half: str) -> None:
    result = validated(corpora / CORPORA[0], half)
    row, short = rows[DEFAULT], HALVES[half]
    assert row[f"{short} n"] == result.main.session[ALLIANCE].n
    for key, agreement in (
        ("main", result.main.session),
        ("length out", result.main.session_length_out),
        ("cut", result.main.session_without_closing),
    ):
        assert row[f"{short} {key}"] == pytest.approx(agreement[ALLIANCE].spearman.value)
    (group,) = (one for name, one in result.main.known_groups.items() if "unwilling" in name)
    assert row[f"{short} AUC"] == pytest.approx(group.auc.value)


def test_the_difference_and_its_interval_are_those_of_validate(
    corpora: Path, rows: dict[str, Any], printed: tuple[dict[str, Any], str]
) -> None:
    result = validated(corpora / CORPORA[0], "held out")
    expected = result.main.baselines[COMPASS][ALLIANCE].difference
    assert interval(rows["compass on the inventory"], "difference") == approximately(expected)
    own = printed[0]["default"]["held out"]
    assert own["low"] == pytest.approx(result.main.session[ALLIANCE].spearman.low)


def test_turn_figures_are_those_of_validate(corpora: Path, rows: dict[str, Any]) -> None:
    turn = validated(corpora / CORPORA[1], None).main.turn
    assert rows[DEFAULT]["turns n"] == turn.raw["feedback"].n
    assert rows[DEFAULT]["turns"] == pytest.approx(turn.raw["feedback"].pearson.value)
    expected = turn.position_out["feedback"].pearson.value
    assert rows[DEFAULT]["turns position out"] == pytest.approx(expected)


def validated(path: Path, half: str | None) -> ValidityResult:
    chunk = Scorer(estimators=[Contrast(), Compass()], encoder=ENCODER).fit().score(read(path))
    sessions = chunk.sessions if half is None else chunk.sessions.filter(in_half(half))
    words = pl.col("text").str.count_matches(r"\S+")
    return validate(
        scores=chunk.scores,
        sessions=sessions,
        ratings=chunk.ratings.join(sessions, on="session_id", how="semi"),
        turns=chunk.turns.with_columns(words=words).join(sessions, on="session_id", how="semi"),
        options=ValidityOptions(draws=1_000),
    )


def read(path: Path) -> list[Any]:
    return list(Corpus([path], ReadOptions()))


def interval(row: dict[str, Any], key: str) -> tuple[float, float, float]:
    return row[key], row[f"{key} low"], row[f"{key} high"]


def approximately(expected: Interval) -> Any:
    return pytest.approx((expected.value, expected.low, expected.high))


# --- the scores ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "estimator", "form"),
    [
        (Reading(Contrast()), Contrast(), "own"),
        (Reading(Contrast(), form="therapist"), Contrast(), "therapist"),
        (Reading(Contrast(), role="therapist"), Contrast(), "own"),
        (Reading(Contrast(), measure="goal"), Contrast(), "own"),
        (Reading(Compass()), Compass(), "own"),
    ],
)
def test_scores_are_those_that_a_user_would_get(
    corpora: Path, reading: Reading, estimator: Contrast | Compass, form: Form
) -> None:
    path = corpora / CORPORA[0]
    found = score(path, fitted({"one": reading}, ENCODER), ENCODER).scores
    scorer = Scorer(estimators=[estimator], encoder=ENCODER, form=form).fit()
    expected = scorer.score(read(path)).scores
    assert found["turn"].to_list() == expected["turn"].to_list()
    own = expected["role"] == reading.role
    assert found["one"].is_null().to_list() == (~own).to_list()
    np.testing.assert_allclose(
        found["one"].filter(own), expected[reading.measure].filter(own), atol=1e-5
    )


def test_context_adds_the_last_therapist_turn_of_the_session(tmp_path: Path) -> None:
    sessions: list[list[tuple[Role, str]]] = [
        [("patient", "nobody spoke before"), ("therapist", "shall we")],
        [
            ("patient", "another session"),
            ("therapist", "first question"),
            ("patient", "it was a long way"),
            ("therapist", "how did it go"),
            ("patient", "it went well"),
        ],
    ]
    path = tmp_path / "few.jsonl"
    lines = [
        {"session_id": str(number), "turns": [{"role": r, "text": t} for r, t in turns]}
        for number, turns in enumerate(sessions)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    chunk = embed(read(path), ENCODER)
    own = FittedReading(Reading(Contrast())).fit(ENCODER)
    wide = FittedReading(Reading(Contrast(), context=0.25)).fit(ENCODER)
    added = wide.scores(chunk) - own.scores(chunk)

    axis = Contrast().fit(ENCODER).axes_["patient"][:, 3].astype(np.float64)
    reference = load_reference()
    average = ENCODER.encode(reference.texts)[np.asarray(reference.roles) == "therapist"].mean(0)
    questions = ENCODER.encode(["first question", "how did it go"])
    first, second = 0.25 * (questions - average) @ axis / own.sd_
    assert abs(second - first) > 0.01
    np.testing.assert_allclose(added, [0, np.nan, 0, np.nan, first, np.nan, second], atol=1e-5)


# --- the axes --------------------------------------------------------------------------------


def test_at_a_high_temperature_nearest_anchors_are_the_difference_of_means() -> None:
    vectors = ENCODER.encode(load_reference().texts)
    roles = load_reference().roles
    near = NearestAnchors(BANK, temperature=1e3).fit(ENCODER).raw(vectors, roles)
    means = Contrast(penalty=1e6, neutral=False, inventory_weight=0.0).fit(ENCODER)
    for column, own in enumerate(means.raw(vectors, roles).T):
        for role in ROLES:
            rows = np.asarray(roles) == role
            slope = near[rows, column] @ own[rows] / (own[rows] @ own[rows])
            np.testing.assert_allclose(near[rows, column], slope * own[rows], atol=1e-3)


def test_at_a_low_temperature_only_the_nearest_anchor_of_each_pole_counts() -> None:
    vectors = ENCODER.encode(load_reference().texts[:50])
    near = NearestAnchors(BANK, temperature=1e-4).fit(ENCODER).raw(vectors, ["patient"] * 50)
    strong, weak = BANK.poles(scale="bond", role="patient")
    cosines = [vectors @ ENCODER.encode([a.text for a in pole]).T for pole in (strong, weak)]
    expected = cosines[0].max(axis=1) - cosines[1].max(axis=1)
    np.testing.assert_allclose(near[:, 1], expected, atol=1e-3)


def test_the_other_form_holds_turns_against_its_own_anchors() -> None:
    vectors = ENCODER.encode(load_reference().texts[:20])
    near = NearestAnchors(BANK, temperature=0.2).fit(ENCODER)
    swapped = near.raw(vectors, ["patient"] * 20, form="therapist")
    np.testing.assert_array_equal(swapped, near.raw(vectors, ["therapist"] * 20))


@pytest.mark.parametrize("role", ROLES)
def test_without_length_scores_of_the_reference_know_no_length(role: Role) -> None:
    reference = load_reference()
    own = [t for r, t in zip(reference.roles, reference.texts, strict=True) if r == role]
    log_words = np.log([len(text.split()) for text in own])

    def correlation(estimator: Contrast) -> float:
        scores = ENCODER.encode(own) @ estimator.fit(ENCODER).axes_[role][:, 3]
        return float(np.corrcoef(scores, log_words)[0, 1])

    assert abs(correlation(Contrast())) > 0.01
    assert correlation(Reshaped(Contrast(), without_length)) == pytest.approx(0, abs=1e-5)


def test_without_life_neutral_lines_spread_less_by_what_was_their_widest_direction() -> None:
    lines = ENCODER.encode([one.text for one in BANK.neutral_of("patient")])
    widest = np.linalg.eigh(np.cov(lines.T.astype(np.float64)))[1][:, -1]
    axes = Reshaped(Contrast(), without_life).fit(ENCODER).axes_["patient"]
    np.testing.assert_allclose(widest @ axes, 0, atol=1e-5)
    assert abs(widest @ Contrast().fit(ENCODER).axes_["patient"][:, 3]) > 1e-3


def test_half_whitening_twice_is_dividing_by_the_covariance() -> None:
    reference = load_reference()
    groups = [
        ENCODER.encode(
            [t for r, t in zip(reference.roles, reference.texts, strict=True) if r == role]
        ).astype(np.float64)
        for role in ROLES
    ]
    within = np.vstack([group - group.mean(axis=0) for group in groups])
    covariance = within.T @ within / len(within)
    target = np.trace(covariance) / ENCODER.dimension * np.eye(ENCODER.dimension)
    axes = Contrast().fit(ENCODER).axes_["patient"].astype(np.float64)
    twice = half_whitened(ENCODER, "patient", half_whitened(ENCODER, "patient", axes))
    np.testing.assert_allclose((0.3 * covariance + 0.7 * target) @ twice, axes, atol=1e-8)


def test_the_mean_of_the_scales_stands_between_them() -> None:
    axes = Reshaped(Contrast(), mean_of_scales).fit(ENCODER).axes_["patient"]
    own = Contrast().fit(ENCODER).axes_["patient"]
    np.testing.assert_allclose(axes[:, :3], own[:, :3], atol=1e-6)
    total = own[:, :3].sum(axis=1)
    np.testing.assert_allclose(axes[:, 3], total / np.linalg.norm(total), atol=1e-6)


# --- parts of the bank -----------------------------------------------------------------------


def test_parts_of_the_bank_hold_every_line_once_and_alike_of_every_cell() -> None:
    quarters = [thinned(BANK, every=4, first=first) for first in range(4)]
    assert sorted(a.anchor_id for one in quarters for a in one.anchors) == sorted(
        a.anchor_id for a in BANK.anchors
    )
    assert sorted(a.line_id for one in quarters for a in one.neutral) == sorted(
        a.line_id for a in BANK.neutral
    )
    for role in ROLES:
        for scale in SCALES:
            sizes = {len(p) for one in quarters for p in one.poles(scale=scale, role=role)}
            assert max(sizes) - min(sizes) <= 1


def test_a_register_keeps_its_own_anchors_and_all_neutral_lines() -> None:
    chat, voice = of_register(BANK, "chat"), of_register(BANK, "voice")
    assert {tag for a in chat.anchors for tag in a.register} & {"chat", "voice"} == {"chat"}
    assert len(chat.anchors) + len(voice.anchors) == len(BANK.anchors)
    assert chat.neutral == BANK.neutral


# --- single rows -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(corpora: Path) -> tuple[Scored, Scored]:
    readings = fitted({DEFAULT: Reading(Contrast())}, ENCODER)
    kokoro, esconv = (score(corpora / name, readings, ENCODER) for name in CORPORA)
    return kokoro, esconv


def test_a_score_turned_round_differs_by_twice_the_agreement(both: tuple[Scored, Scored]) -> None:
    kokoro, esconv = (
        replace(one, scores=one.scores.with_columns(round=-pl.col(DEFAULT))) for one in both
    )
    given, turned = ablation(
        kokoro,
        esconv,
        [
            Variant(name="given", group="", reading=DEFAULT),
            Variant(name="turned", group="", reading="round"),
        ],
    )
    assert turned["held main"] == pytest.approx(-1 * float(str(given["held main"])))
    assert turned["difference"] == pytest.approx(2 * float(str(given["held main"])))
    assert turned["held AUC"] == pytest.approx(1 - float(str(given["held AUC"])))
    assert turned["turns"] == pytest.approx(-1 * float(str(given["turns"])))


def test_short_turns_left_out_count_for_nothing(both: tuple[Scored, Scored]) -> None:
    kokoro, esconv = both
    short = pl.col("words") < 4
    assert kokoro.scores.filter(short, pl.col(DEFAULT).is_not_null()).height > 0
    without = replace(kokoro, scores=kokoro.scores.filter(~short))
    all_turns = Variant(name="all", group="", reading=DEFAULT)
    long_turns = Variant(name="long", group="", reading=DEFAULT, fewest_words=4)
    (expected,) = ablation(without, esconv, [all_turns])
    given, found = ablation(kokoro, esconv, [all_turns, long_turns])
    assert found["held main"] == expected["held main"]
    assert found["held main"] != given["held main"]
