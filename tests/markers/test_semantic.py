"""Closeness to the other side's last turn, and alignment beyond the session's subject."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.markers.talk import spoken

from attunement.embedding import Encoder
from attunement.markers import FEWEST_PAIRS, session_semantics, turn_semantics
from attunement.tables import MARKER_SESSIONS

EAST, NORTH = (1.0, 0.0), (0.0, 1.0)
BETWEEN = (math.sqrt(0.5), math.sqrt(0.5))


def vectors(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    return np.asarray(rows, dtype=np.float32)


def unit(n: int, *, dimension: int = 12, seed: int = 0) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal((n, dimension))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def session(roles: str, name: str = "s1") -> pl.DataFrame:
    return spoken(*((role, f"turn {n}") for n, role in enumerate(roles)), session=name)


def marker(table: pl.DataFrame, name: str) -> float:
    return float(table.filter(marker=name)["value"].item())


# --- overlap ---------------------------------------------------------------------------------


def test_overlap_is_with_the_other_sides_last_turn_not_with_the_turn_before() -> None:
    turns = session("ptptt")
    told = turn_semantics(turns, vectors(EAST, BETWEEN, NORTH, EAST, NORTH))
    assert told.columns == ["session_id", "turn", "overlap"]
    assert told["overlap"][0] is None
    half = math.sqrt(0.5)
    # The last turn is the therapist's second in a row: the patient's last turn before it is third.
    assert told["overlap"][1:].to_list() == pytest.approx([half, half, 0.0, 1.0], abs=1e-6)


def test_overlap_stays_within_its_session() -> None:
    turns = pl.concat([session("pt", "a"), session("tp", "b")])
    told = turn_semantics(turns, vectors(EAST, EAST, EAST, NORTH))
    assert told["overlap"].to_list() == pytest.approx([None, 1.0, None, 0.0], nan_ok=True)


def test_overlap_of_nothing_and_of_one_side_is_null() -> None:
    assert turn_semantics(session("p").clear(), vectors(EAST)[:0]).height == 0
    alone = turn_semantics(session("ppp"), vectors(EAST, EAST, EAST))
    assert alone["overlap"].is_null().all()
    assert alone.schema["overlap"] == pl.Float64


def test_a_turn_that_takes_up_the_words_overlaps_more_than_one_that_does_not(
    encoder: Encoder,
) -> None:
    turns = spoken(
        ("p", "My sister has not spoken to me since the funeral."),
        ("t", "Your sister has kept silent ever since the funeral."),
        ("p", "My sister has not spoken to me since the funeral."),
        ("t", "The trains are running late again."),
    )
    told = turn_semantics(turns, encoder.encode(turns["text"].to_list()))["overlap"]
    assert told[1] > told[3] + 0.3


# --- alignment -------------------------------------------------------------------------------


def by_hand(turns: pl.DataFrame, rows: NDArray[np.float32]) -> list[tuple[str, float, float]]:
    """Role, time and net overlap of each pair between the ends, from the table of cosines."""
    roles = turns["role"].to_list()
    whole = {role: [n for n, one in enumerate(roles) if one == role] for role in set(roles)}
    sides = {role: own[2:-3] for role, own in whole.items()}
    cosine = rows.astype(np.float64) @ rows.astype(np.float64).T
    found = []
    for n, role in enumerate(roles):
        (other,) = set(sides) - {role}
        last = max([m for m in whole[other] if m < n], default=-1)
        if n not in sides[role] or last not in sides[other]:
            continue
        at = sides[other].index(last)

        def beyond(m: int, n: int = n, own: list[int] = sides[role]) -> float:
            return float(cosine[n, m] - np.mean([cosine[one, m] for one in own]))

        def around(places: tuple[int, int], at: int = at, those: list[int] = sides[other]) -> float:
            there = [those[at + one] for one in places if 0 <= at + one < len(those)]
            return float(np.mean([beyond(one) for one in there])) if there else math.nan

        net = beyond(last) - 1.5 * around((-1, 2)) + 0.5 * around((-3, 4))
        if math.isnan(net):
            continue
        found.append((role, turns["time"][n], net))
    return found


@settings(max_examples=40, deadline=None)
@given(roles=st.text("pt", min_size=12, max_size=50), seed=st.integers(0, 1_000))
def test_net_overlap_is_the_cosine_less_the_line_through_those_further_apart(
    roles: str, seed: int
) -> None:
    roles = "pptt" + roles + "pttptpptpt"
    turns, rows = session(roles), unit(len(roles), seed=seed)
    pairs = by_hand(turns, rows)
    net = np.array([one for *_, one in pairs])
    table = session_semantics(turns, rows)
    if len(pairs) < FEWEST_PAIRS:
        assert table.height == 0
        return
    assert table["n"].unique().to_list() == [len(pairs)]
    assert marker(table, "alignment") == pytest.approx(net.mean(), abs=1e-5)
    times = np.array([time for _, time, _ in pairs])
    assert marker(table, "alignment_trend") == pytest.approx(np.polyfit(times, net, 1)[0], abs=1e-4)
    of_patient = np.array([role == "patient" for role, *_ in pairs])
    if of_patient.any() and not of_patient.all():
        lead = net[of_patient].mean() - net[~of_patient].mean()
        assert marker(table, "lead_lag") == pytest.approx(lead, abs=1e-5)


def test_alignment_is_zero_on_the_average_if_turns_follow_in_random_order() -> None:
    turns, rows = session("pt" * 15), unit(30) + 2 * unit(1, seed=9)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    drawn = np.random.default_rng(3)
    found = []
    for _ in range(400):
        order = np.empty(30, dtype=np.int64)
        order[::2] = drawn.permutation(np.arange(0, 30, 2))
        order[1::2] = drawn.permutation(np.arange(1, 30, 2))
        found.append(marker(session_semantics(turns, rows[order]), "alignment"))
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    raw = turn_semantics(turns, rows)["overlap"].mean()
    assert isinstance(raw, float)
    assert raw > 0.5


def drifting(
    n: int, *, keeps: float, answers: float = 0.0, seed: int, dimension: int = 96
) -> NDArray[np.float32]:
    """Turns on a subject that drifts, and of which each may take up so much of the one before."""
    drawn = np.random.default_rng(seed)
    subject, own = drawn.standard_normal((2, n, dimension))
    for turn in range(1, n):
        subject[turn] = keeps * subject[turn - 1] + math.sqrt(1 - keeps**2) * subject[turn]
    rows = math.sqrt(0.3) * subject + math.sqrt(0.7) * own
    for turn in range(1, n):
        rows[turn] = answers * rows[turn - 1] + math.sqrt(1 - answers**2) * rows[turn]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def of_many(name: str, *, turns: int, keeps: float, answers: float = 0.0) -> NDArray[np.float64]:
    """The marker in 100 such sessions."""
    talks = [session("pt" * (turns // 2), f"s{seed}") for seed in range(100)]
    rows = [drifting(turns, keeps=keeps, answers=answers, seed=seed) for seed in range(100)]
    table = session_semantics(pl.concat(talks), np.concatenate(rows))
    return table.filter(marker=name)["value"].to_numpy()


@pytest.mark.parametrize("turns", [30, 60, 120])
@pytest.mark.parametrize("keeps", [0.9, 0.97])
def test_a_subject_that_drifts_is_not_taken_for_answering(turns: int, keeps: float) -> None:
    found = of_many("alignment", turns=turns, keeps=keeps)
    middle = slice(4, -6)
    nearness = []
    for seed in range(100):
        rows = drifting(turns, keeps=keeps, seed=seed)[middle]
        between = rows[::2] @ rows[1::2].T
        nearness.append(float((rows[1:] * rows[:-1]).sum(axis=1).mean() - between.mean()))
    error = found.std() / math.sqrt(len(found))
    assert np.mean(nearness) > 0.03
    # The bent part of the decay: a subject's 0.3 (.9 - (3 x .9^3 - .9^7) / 2) = .014.
    assert abs(found.mean()) < 0.02 + 3 * error
    if turns == 120 and keeps == 0.9:
        assert np.mean(nearness) > 0.2
        assert found.mean() < np.mean(nearness) / 8
    lead = of_many("lead_lag", turns=turns, keeps=keeps)
    assert abs(lead.mean()) < 3 * lead.std() / math.sqrt(len(lead))


@pytest.mark.parametrize("keeps", [0.0, 0.9])
def test_turns_that_take_up_the_one_before_are_aligned_beside_any_drift(keeps: float) -> None:
    plain = of_many("alignment", turns=40, keeps=keeps)
    answering = of_many("alignment", turns=40, keeps=keeps, answers=0.3)
    assert answering.mean() - plain.mean() > 0.12


def test_longer_sessions_of_the_same_drift_are_not_more_aligned() -> None:
    short, long = (of_many("alignment", turns=turns, keeps=0.9) for turns in (30, 120))
    error = math.hypot(short.std(), long.std()) / 10
    assert abs(short.mean() - long.mean()) < 3 * error


@settings(max_examples=20, deadline=None)
@given(turns=st.integers(24, 60), seed=st.integers(0, 1_000))
def test_nothing_depends_on_how_the_space_is_turned(turns: int, seed: int) -> None:
    rows = unit(turns, seed=seed)
    turned, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((12, 12)))
    talk = session("pt" * (turns // 2) + "p" * (turns % 2))
    plain = session_semantics(talk, rows)
    other = session_semantics(talk, np.asarray(rows @ turned, dtype=np.float32))
    assert plain.height == 3
    np.testing.assert_allclose(plain["value"], other["value"], atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_sessions_is_the_only_thing_it_changes(order: list[int]) -> None:
    talks = [session("pt" * (12 + n), f"s{n}") for n in range(4)]
    rows = [unit(one.height, seed=n) for n, one in enumerate(talks)]
    usual = session_semantics(pl.concat(talks), np.concatenate(rows))
    mixed = session_semantics(
        pl.concat(talks[n] for n in order), np.concatenate([rows[n] for n in order])
    )
    assert mixed["session_id"].unique(maintain_order=True).to_list() == [f"s{n}" for n in order]
    both = usual.join(mixed, on=["session_id", "role", "marker", "n"], how="inner")
    assert both.height == usual.height == mixed.height
    np.testing.assert_allclose(both["value"], both["value_right"], atol=1e-6)


def followed(follower: str) -> NDArray[np.float32]:
    """A session of 24 turns in which one side says again what the other has just said."""
    rows = unit(24, dimension=200, seed=4)
    start = 1 if follower == "t" else 2
    rows[start::2] = rows[start - 1 : -1 : 2]
    return rows


def test_lead_lag_is_above_zero_if_the_patient_follows_and_below_if_the_therapist_does() -> None:
    turns = session("pt" * 12)
    patient_follows = session_semantics(turns, followed("p"))
    therapist_follows = session_semantics(turns, followed("t"))
    assert marker(patient_follows, "lead_lag") > 0.8
    assert marker(therapist_follows, "lead_lag") < -0.8
    assert marker(patient_follows, "alignment") > 0.4


def test_the_trend_is_above_zero_if_the_therapist_takes_up_more_and_more_and_below_if_less() -> (
    None
):
    turns, rows = session("pt" * 12), unit(24, dimension=200, seed=5)
    for n in range(1, 24, 2):
        closer = (1 - n / 24) * rows[n] + n / 24 * rows[n - 1]
        rows[n] = closer / np.linalg.norm(closer)
    trend = marker(session_semantics(turns, rows), "alignment_trend")
    assert trend > 0.3
    backwards = turns.with_columns(time=1 - pl.col("time"))
    assert marker(session_semantics(backwards, rows), "alignment_trend") == pytest.approx(-trend)


def test_alike_greetings_and_farewells_of_both_sides_change_nothing() -> None:
    turns, rows = session("tp" * 12), unit(24, dimension=40, seed=6)
    ends = [*range(4), *range(18, 24)]
    greeted = rows.copy()
    greeted[ends] = rows[0]
    plain, ceremonious = (session_semantics(turns, one) for one in (rows, greeted))
    assert plain["n"].unique().to_list() == [13]
    np.testing.assert_allclose(plain["value"], ceremonious["value"], atol=1e-6)


def test_a_turn_whose_partner_is_left_out_is_in_no_pair() -> None:
    # The patient's third turn still follows the therapist's second, the last of the opening.
    turns = session("ttppp" + "tp" * 7 + "tttpppp")
    table = session_semantics(turns, unit(turns.height, seed=7))
    assert table["n"].unique().to_list() == [14]


def test_sessions_do_not_depend_on_those_beside_them() -> None:
    one, two = session("pt" * 12, "b"), session("tp" * 13, "a")
    of_one, of_two = unit(24, seed=1), unit(26, seed=2)
    together = session_semantics(pl.concat([one, two]), np.concatenate([of_one, of_two]))
    alone = pl.concat([session_semantics(one, of_one), session_semantics(two, of_two)])
    assert together.drop("value").equals(alone.drop("value"))
    np.testing.assert_allclose(together["value"], alone["value"], atol=1e-6)


def test_rows_are_those_of_the_table_and_the_dyads() -> None:
    table = session_semantics(session("pt" * 12), unit(24))
    assert table.schema == MARKER_SESSIONS.schema
    assert table["marker"].to_list() == ["alignment", "alignment_trend", "lead_lag"]
    assert table["role"].unique().to_list() == ["dyad"]
    assert table["n"].unique().to_list() == [13]


@pytest.mark.parametrize(
    "roles", ["", "p", "pt", "pttttttttttt", "pppppppppppp", "ptpt", "pt" * 11]
)
def test_short_and_lopsided_sessions_are_left_out(roles: str) -> None:
    turns = session(roles) if roles else session("p").clear()
    assert session_semantics(turns, unit(len(roles))).height == 0
    assert session_semantics(turns, unit(len(roles))).schema == MARKER_SESSIONS.schema


def test_without_any_spread_in_time_there_is_no_trend() -> None:
    turns = session("pt" * 12).with_columns(time=pl.lit(0.5))
    assert session_semantics(turns, unit(24))["marker"].to_list() == ["alignment", "lead_lag"]
