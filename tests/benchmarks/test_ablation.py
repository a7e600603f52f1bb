"""The ablation on an invented corpus: what must coincide coincides, and its figures are right."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from hashlib import md5
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks._ablation import (
    DEFAULT,
    HALVES,
    SENTIMENT,
    FittedReading,
    NearestAnchors,
    Reading,
    Reshaped,
    Variant,
    ablation,
    fitted,
    half_whitened,
    highest_sentence,
    lowest_sentence,
    mean_of_scales,
    mean_sentence,
    mean_vectors,
    of_other_patients,
    of_register,
    score,
    sentences,
    thinned,
    variants,
    without_length,
    without_life,
)
from benchmarks.ablation import CORPORA, report
from benchmarks.validity import Scored, in_half
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tests.alliance.conftest import HashedWords

from attunement.alliance import Compass, Contrast, Form, Scorer, embed, load_reference
from attunement.embedding import Vectors
from attunement.instruments import load_anchors
from attunement.markers import sentiment
from attunement.tables import ALLIANCE, POLES, ROLES, SCALES, Pole, Role
from attunement.transcripts import Corpus, ReadOptions, Session
from attunement.validity import (
    COMPASS,
    POOLINGS,
    Interval,
    ValidityOptions,
    ValidityResult,
    session_means,
    validate,
)

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
    generator, of_scales = (np.random.default_rng(seed) for seed in (5, 6))
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
            "patient_ratings": {ALLIANCE: round(5 * level, 2)}
            | {scale: round(4 * level + of_scales.uniform(), 2) for scale in SCALES},
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


def read(path: Path) -> list[Session]:
    return list(Corpus([path], ReadOptions()))


def written(folder: Path, sessions: list[list[tuple[Role, str]]]) -> Path:
    path = folder / "few.jsonl"
    lines = [
        {"session_id": str(number), "turns": [{"role": r, "text": t} for r, t in turns]}
        for number, turns in enumerate(sessions)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return path


def rating_of(session: Session, scale: str) -> float:
    (found,) = (one.value for one in session.ratings if one.scale == scale)
    return found


def interval(row: dict[str, Any], key: str) -> tuple[float, float, float]:
    return row[key], row[f"{key} low"], row[f"{key} high"]


def approximately(expected: Interval) -> Any:
    return pytest.approx((expected.value, expected.low, expected.high))


# --- the three scales ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_scales(printed: tuple[dict[str, Any], str]) -> dict[str, dict[str, Any]]:
    return {one["drawn"]: one for one in printed[0]["scales"]}


def test_the_default_share_is_marked_and_every_share_has_its_line(
    printed: tuple[dict[str, Any], str], of_scales: dict[str, Any]
) -> None:
    assert list(of_scales) == ["0", "1/4", "1/3 (default)", "1/2", "3/4", "1", SENTIMENT]
    table = printed[1].split("\nScales\n")[1].splitlines()[2:9]
    for line, (name, row) in zip(table, of_scales.items(), strict=True):
        assert line.startswith(f"{name} ")
        figures = [f"{row[key]:.3f}" for key in ("dev task", "held task", "dev bond")]
        assert line.removeprefix(name).split()[:3] == figures


@pytest.mark.parametrize("half", HALVES)
def test_figures_of_the_default_share_are_those_of_validate(
    corpora: Path, of_scales: dict[str, Any], half: str
) -> None:
    main = validated(corpora / CORPORA[0], half).main
    row, short = of_scales["1/3 (default)"], HALVES[half]
    for scale in SCALES:
        assert row[f"{short} {scale}"] == pytest.approx(main.session[scale].spearman.value)
    assert row[f"{short} own"] == pytest.approx(main.scales_matrix.own_whole_out.value)
    assert row[f"{short} other"] == pytest.approx(main.scales_matrix.other_whole_out.value)
    assert row[f"{short} own"] != pytest.approx(row[f"{short} other"], abs=1e-3)


def test_drawn_all_the_way_the_three_scales_are_one(of_scales: dict[str, Any]) -> None:
    apart, one = of_scales["0"], of_scales["1"]
    for pair in ("task-bond", "task-goal", "bond-goal"):
        assert apart[pair] < of_scales["1/2"][pair] < one[pair]
        assert one[pair] == pytest.approx(1)
    for short in HALVES.values():
        assert one[f"{short} own"] == pytest.approx(one[f"{short} other"])


def test_rated_scales_are_held_against_each_other(
    corpora: Path, printed: tuple[dict[str, Any], str]
) -> None:
    task, goal = (
        [rating_of(one, scale) for one in read(corpora / CORPORA[0])] for scale in ("task", "goal")
    )
    expected = spearmanr(task, goal).statistic
    assert printed[0]["rated scales"]["task-goal"] == pytest.approx(expected)
    assert f"task-goal {expected:.3f}" in printed[1].split("Rated scales with each other: ")[1]


def test_sentiment_is_that_of_the_patients_words_pooled_like_scores(
    corpora: Path, of_scales: dict[str, Any]
) -> None:
    pooled, rated = [], []
    for session in read(corpora / CORPORA[0]):
        if int(md5(str(session.patient_id).encode()).hexdigest(), 16) % 2:
            continue
        last = len(session.turns) - 1
        spoken = [(k / last, t.text) for k, t in enumerate(session.turns) if t.role == "patient"]
        compound = sentiment(pl.Series([text for _, text in spoken]))["compound"]
        pooled.append(np.average(compound, weights=[time**3 for time, _ in spoken]))
        rated.append(rating_of(session, "bond"))
    expected = spearmanr(pooled, rated).statistic
    assert of_scales[SENTIMENT]["dev bond"] == pytest.approx(expected)
    assert "dev own" not in of_scales[SENTIMENT]


# --- the ceiling -----------------------------------------------------------------------------


def test_what_is_learned_stands_beside_the_anchors_on_the_same_sessions(
    printed: tuple[dict[str, Any], str], rows: dict[str, Any]
) -> None:
    anchors, axis, two = printed[0]["ceiling"]
    for short in HALVES.values():
        for key in ("main", "length out", "AUC"):
            assert anchors[f"{short} {key}"] == rows[DEFAULT][f"{short} {key}"]
    assert axis["all main"] > 0.4
    assert axis["all main"] != two["all main"]
    (line,) = (one for one in printed[1].splitlines() if one.startswith(f"{axis['axis']}  "))
    figures = [f"{axis[f'{half} main']:.3f}" for half in ("dev", "held", "all")]
    assert line.removeprefix(axis["axis"]).split()[:3] == figures


def test_the_mean_vector_on_the_axis_is_the_mean_score(corpora: Path) -> None:
    path, pooling = corpora / CORPORA[0], POOLINGS["late"]
    (vectors,) = mean_vectors(path, ENCODER, [pooling])
    own = FittedReading(Reading(Contrast())).fit(ENCODER)
    turns = score(path, {"one": own}, ENCODER).scores.drop_nulls("one")
    expected = session_means(turns, ["one"], pooling)
    assert vectors["session_id"].to_list() == expected["session_id"].to_list()
    on_axis = vectors.drop("session_id").to_numpy() @ Contrast().fit(ENCODER).axes_["patient"][:, 3]
    np.testing.assert_allclose((on_axis - own.mean_) / own.sd_, expected["one"], atol=1e-4)


def test_what_every_patient_shares_is_learned_from_others() -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(120, 4))
    patients = np.repeat([f"p{number}" for number in range(40)], 3).astype(object)
    ratings = 3 + vectors @ [0.5, -0.2, 0.0, 0.1]
    estimates = of_other_patients(vectors, ratings, patients)
    np.testing.assert_allclose(estimates, ratings, atol=0.01)


def test_what_tells_only_who_the_patient_is_estimates_nothing() -> None:
    generator = np.random.default_rng(3)
    who = np.tile(np.arange(40), 3)
    ratings = generator.normal(size=40)[who]
    estimates = of_other_patients(np.eye(40)[who], ratings, who.astype(str).astype(object))
    assert np.corrcoef(estimates, ratings)[0, 1] < 0.1


# --- sentences -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", ["one"]),
        ("It helped. Thank you!  Really?", ["It helped.", "Thank you!", "Really?"]),
        ("It cost 2.50 in all", ["It cost 2.50 in all"]),
        ("first line\n\nsecond ... \n", ["first line", "second ..."]),
        ("Well... yes !! :)", ["Well...", "yes !!"]),
        ("...", ["..."]),
    ],
)
def test_turns_are_cut_at_stops_and_line_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_turn_is_scored_by_its_sentences(tmp_path: Path) -> None:
    """What follows the first turn says each of its sentences again."""
    parts = ["I trust you with all of this.", "Nothing here helps!", "Why am I coming?"]
    path = written(
        tmp_path,
        [
            [("patient", " ".join(parts)), ("therapist", "Right. Go on."), ("patient", parts[1])],
            [("patient", parts[0]), ("therapist", "Yes?"), ("patient", parts[2])],
        ],
    )
    chunk = embed(read(path), ENCODER)
    whole = FittedReading(Reading(Contrast())).fit(ENCODER)
    plain = whole.scores(chunk)
    each = plain[[3, 2, 5]]
    assert len(set(each)) == 3
    found = {
        how: FittedReading(Reading(Contrast(), sentences=how)).fit(ENCODER).scores(chunk)
        for how in (mean_sentence, highest_sentence, lowest_sentence)
    }
    for scores in found.values():
        np.testing.assert_allclose(scores[1:], plain[1:], atol=1e-5)
    assert found[highest_sentence][0] == pytest.approx(each.max(), abs=1e-5)
    assert found[lowest_sentence][0] == pytest.approx(each.min(), abs=1e-5)
    total = ENCODER.encode(parts).sum(axis=0).astype(np.float64)
    axis = Contrast().fit(ENCODER).axes_["patient"][:, 3]
    expected = (total / np.linalg.norm(total) @ axis - whole.mean_) / whole.sd_
    assert found[mean_sentence][0] == pytest.approx(expected, abs=1e-5)
    assert found[mean_sentence][0] != pytest.approx(plain[0], abs=1e-3)


def test_a_chunk_without_the_patients_words_has_no_scores(tmp_path: Path) -> None:
    chunk = embed(read(written(tmp_path, [[("therapist", "Anybody? Hello?")]])), ENCODER)
    for how in (mean_sentence, highest_sentence, lowest_sentence):
        found = FittedReading(Reading(Contrast(), sentences=how)).fit(ENCODER).scores(chunk)
        np.testing.assert_array_equal(found, [np.nan])


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
    chunk = embed(read(written(tmp_path, sessions)), ENCODER)
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
    means = Contrast(penalty=1e6, neutral=False, inventory_weight=0.0, shared=0.0).fit(ENCODER)
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
