"""Our own measure under test: the user's side must not move, and a leak must show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from tests.alliance.fitted.invented import ENCODER, corpus

from attunement.alliance.fitted import fit_model, gather, rated_sessions
from attunement.audit._clusters import ChatClusters
from attunement.audit._counterfactual import (
    DIFFERENCE,
    ESTIMATED,
    ITSELF,
    PATIENT,
    THERAPIST,
    TREND,
    Scoring,
    counterfactuals,
    estimating_by,
    scoring_by,
    spread_over,
)
from attunement.audit._remembering import Remembering
from attunement.embedding import Encoder, open_encoder
from attunement.surface import features, magnified
from attunement.tables import AUDIT_COUNTERFACTUALS, SURFACE_FEATURES
from attunement.transcripts import Session, Turn, turns_table

USER = (
    "Nobody at work listens to me and I worry every night.",
    "I don't think that this is helping.",
    "Thank you, I know what I will try next.",
    "I feel understood for the first time.",
)
AI = (
    "I hear that you feel unhappy because work is hard. What happened on Monday?",
    "Let's look at your worry together. You could write down two thoughts tonight.",
    "You can call 988 at any time. It is free. I'm glad that you told me about the pain.",
    "That sounds exhausting, and it is completely normal to feel so after 3 weeks.",
)
MODELS = ("north", "south")


def chat(number: int) -> Session:
    said = [(USER, AI)[turn % 2][(turn // 2 + number) % 4] for turn in range(8)]
    roles = ("patient", "therapist") * 4
    turns = tuple(
        Turn(turn, role, text)  # type: ignore[arg-type]
        for turn, (role, text) in enumerate(zip(roles, said, strict=True))
    )
    return Session(f"chat {number}", turns, patient_id=f"user {number % 5}")


CHATS = [chat(number) for number in range(10)]
TEXTS = turns_table(CHATS)
ABOUT = pl.DataFrame(
    {
        "session_id": [one.session_id for one in CHATS],
        "patient_id": [one.patient_id for one in CHATS],
        "model": [MODELS[number % 2] for number in range(10)],
        "pair": pl.Series([None] * 10, dtype=pl.String),
    }
)


def ai_turns() -> pl.DataFrame:
    own = TEXTS.filter(pl.col("role") == "therapist").join(ABOUT, on="session_id")
    return pl.concat(
        [own.select("session_id", "model", "turn"), features(own["text"].to_list())],
        how="horizontal",
    )


def moved(score: Scoring, **given: object) -> pl.DataFrame:
    clusters = ChatClusters.of(ABOUT, pair=None)
    options: dict[str, object] = {"most_turns": 20, "seed": 1} | given
    return counterfactuals(TEXTS, ai_turns(), ABOUT, clusters=clusters, score=score, **options)  # type: ignore[arg-type]


def words_scored(sessions: Sequence[Session], *, leak: float = 0.0) -> pl.DataFrame:
    """Score the AI by its length, the user by theirs and, where it leaks, by the AI's before."""
    rows = []
    for session in sessions:
        before = 0
        for turn in session.turns:
            length = len(turn.text.split())
            value = length + leak * before if turn.role == "patient" else length
            rows.append((session.session_id, turn.turn, turn.role, turn.turn / 7, float(value)))
            before = length
    columns = ["session_id", "turn", "role", "time", "alliance"]
    return pl.DataFrame(rows, schema=columns, orient="row").cast({"turn": pl.Int32})


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Remembering(open_encoder())


@pytest.fixture(scope="module")
def real(encoder: Encoder) -> pl.DataFrame:
    return moved(scoring_by(encoder))


def of(table: pl.DataFrame, quantity: str) -> pl.DataFrame:
    return table.filter(pl.col("quantity") == quantity, pl.col("model") == "all chats")


def test_the_users_side_moves_by_nothing_at_all_through_the_whole_pipeline(
    real: pl.DataFrame,
) -> None:
    for quantity in (PATIENT, TREND):
        rows = of(real, quantity)
        assert rows["feature"].to_list() == list(SURFACE_FEATURES)
        assert rows["largest"].to_list() == [0.0] * 5
        assert rows["change"].to_list() == [0.0] * 5
        assert rows["ci_high"].to_list() == [0.0] * 5
        assert rows["n_sessions"].to_list() == [10] * 5


def test_each_feature_and_the_ais_side_move(real: pl.DataFrame) -> None:
    itself = of(real, ITSELF)
    assert (itself["change"] > 0).all()
    assert (itself["after"] - itself["before"] - itself["change"]).abs().max() < 1e-9  # type: ignore[operator]
    ai = of(real, THERAPIST)
    assert (ai["largest"] > 0.01).all()
    assert (of(real, DIFFERENCE)["largest"] > 0.01).all()


def test_the_table_has_its_schema_and_every_model(real: pl.DataFrame) -> None:
    assert real.schema == AUDIT_COUNTERFACTUALS.schema
    assert real["model"].unique().sort().to_list() == ["all chats", "north", "south"]
    assert real.filter(pl.col("model") == "north")["n_sessions"].max() == 5


@pytest.mark.parametrize("feature", ["length", "structure", "sycophancy", "vagueness"])
def test_a_measure_that_listens_to_the_ai_is_found_out(feature: str) -> None:
    leaky = moved(lambda sessions: words_scored(sessions, leak=0.5))
    sound = moved(words_scored)
    mine = pl.col("feature") == feature
    assert of(sound, PATIENT).filter(mine)["largest"].to_list() == [0.0]
    row = of(leaky, PATIENT).filter(mine).to_dicts()[0]
    assert row["largest"] > 0.5
    assert row["change"] > 0


def test_figures_are_those_of_a_measure_worked_out_by_hand() -> None:
    table = moved(words_scored)
    length = table.filter(pl.col("feature") == "length", pl.col("model") == "all chats")
    rows = {row["quantity"]: row for row in length.to_dicts()}
    ai, itself, difference = rows[THERAPIST], rows[ITSELF], rows[DIFFERENCE]
    for name in ("before", "after", "change", "largest"):
        assert ai[name] == pytest.approx(itself[name])
    # Two turns of each chat: the mean over chats is the mean over turns.
    assert ai["n_turns"] == 20
    assert difference["change"] == pytest.approx(ai["change"])
    assert difference["before"] == pytest.approx(ai["before"] - rows[PATIENT]["before"])
    assert ai["ci_low"] < ai["change"] < ai["ci_high"]
    assert ai["n_patients"] == 5


def test_intervals_are_the_jackknife_over_users() -> None:
    chosen = spread_over(ai_turns(), most=20, seed=1).join(ABOUT, on="session_id")
    said = chosen.join(TEXTS, on=["session_id", "turn"])["text"].to_list()
    made = magnified(said, "length", seed=1)
    changes = np.array(
        [len(new.text.split()) - len(old.split()) for old, new in zip(said, made, strict=True)]
    )
    users = chosen["patient_id"].to_numpy()
    left = np.array([changes[users != user].mean() for user in np.unique(users)])
    half = 2.776445 * np.sqrt(4 / 5 * np.square(left - changes.mean()).sum())
    row = moved(words_scored).filter(
        pl.col("feature") == "length",
        pl.col("model") == "all chats",
        pl.col("quantity") == THERAPIST,
    )
    assert row["change"][0] == pytest.approx(changes.mean())
    assert row["largest"][0] == changes.max()
    assert row["ci_low"][0] == pytest.approx(changes.mean() - half, rel=1e-5)
    assert row["ci_high"][0] == pytest.approx(changes.mean() + half, rel=1e-5)


def test_turns_are_spread_over_models_and_chats() -> None:
    turns = ai_turns().filter((pl.col("model") == "north") | (pl.col("session_id") == "chat 1"))
    chosen = spread_over(turns, most=8, seed=3)
    counts = dict(chosen.group_by("model").len().iter_rows())
    assert counts == {"north": 4, "south": 4}
    north = chosen.filter(pl.col("model") == "north")
    assert north["session_id"].n_unique() == 4
    assert chosen.equals(spread_over(turns, most=8, seed=3))
    assert not chosen.equals(spread_over(turns, most=8, seed=4))


def test_a_fitted_model_listens_to_both_sides_and_its_estimate_moves() -> None:
    material = gather(corpus(), ENCODER)
    model = fit_model(material, rated_sessions(material, material.ratings))
    table = moved(words_scored, estimate_by=estimating_by(model, ENCODER))
    rows = table.filter(
        pl.col("quantity").str.starts_with(ESTIMATED),
        pl.col("model") == "all chats",
        pl.col("feature") == "sycophancy",
    )
    scales = [one.scale for one in model.scales if one.perspective == "patient"]
    assert rows.height == len(scales) > 0
    assert (rows["largest"] > 1e-6).all()
    assert rows["n_sessions"].to_list() == [10] * len(scales)
    assert of(table, PATIENT)["largest"].to_list() == [0.0] * 5


def test_what_cannot_be_magnified_is_counted_with_its_reason() -> None:
    said = TEXTS.with_columns(
        text=pl.when(pl.col("role") == "therapist").then(pl.lit("Go on.")).otherwise("text")
    )
    table = counterfactuals(
        said,
        ai_turns(),
        ABOUT,
        clusters=ChatClusters.of(ABOUT, pair=None),
        score=words_scored,
        most_turns=10,
    )
    row = of(table, ITSELF).filter(pl.col("feature") == "jargon").to_dicts()[0]
    assert row["n_turns"] == 0
    assert row["change"] is None
    assert row["reason"] == "not magnified: 10 no plain word that a term could stand for"


def test_without_turns_of_the_ai_there_is_no_row() -> None:
    table = counterfactuals(
        TEXTS,
        ai_turns().head(0),
        ABOUT,
        clusters=ChatClusters.of(ABOUT, pair=None),
        score=words_scored,
    )
    assert table.is_empty()


class Counting:
    """An encoder that counts what it embeds."""

    name, fingerprint, dimension = "counting", "counting-1", 2

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: object = None) -> np.ndarray:
        self.seen += texts
        return np.array([[len(text), len(self.seen)] for text in texts], dtype=np.float32).reshape(
            -1, 2
        )


def test_an_encoder_remembers_the_latest_texts_and_gives_them_as_they_were() -> None:
    inner = Counting()
    encoder = Remembering(inner, most=2)
    first = encoder.encode(["a", "bb", "a"])
    assert inner.seen == ["a", "bb"]
    assert (first[0] == first[2]).all()
    assert (encoder.encode(["bb", "a"]) == first[[1, 0]]).all()
    assert inner.seen == ["a", "bb"]
    encoder.encode(["ccc"])
    encoder.encode(["bb"])
    assert inner.seen == ["a", "bb", "ccc", "bb"]
    assert encoder.encode([]).shape == (0, 2)
