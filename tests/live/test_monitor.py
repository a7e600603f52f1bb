"""Hearing a session turn by turn, and all at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.alliance.fitted.invented import ENCODER, corpus
from tests.live.heard import NOT_SPOKEN, SPOKEN, Remembered, alike, heard, sessions, turns_of

from attunement.alliance import COLUMNS, Contrast, Scorer
from attunement.alliance.fitted import FittedModel, FittedScorer
from attunement.embedding import Encoder, open_encoder
from attunement.errors import DataError, ModelError
from attunement.live import Listener, Measures, Monitor, State
from attunement.transcripts import Session, Turn, clean
from attunement.validity import POOLINGS, session_means

FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TALK = turns_of([(("patient", "therapist")[n % 2], SPOKEN[n * 5 % 10]) for n in range(24)])


@pytest.fixture(scope="session")
def scorer(encoder: Encoder) -> Scorer:
    return Scorer(estimators=[Contrast()], encoder=encoder, evidence=True).fit()


@FEW
@given(session=sessions(), data=st.data())
def test_every_state_is_that_of_the_session_so_far_as_a_whole(
    listener: Listener, session: Session, data: st.DataObject
) -> None:
    states = heard(listener.monitor("s"), session.turns)
    alike(states, listener.batch(session))
    so_far = replace(session, turns=session.turns[: data.draw(st.integers(0, len(states)))])
    alike(states[: len(so_far.turns)], listener.batch(so_far))


@FEW
@given(session=sessions(), data=st.data())
def test_every_fitted_state_is_that_of_the_session_so_far_as_a_whole(
    fitted_listener: Listener, session: Session, data: st.DataObject
) -> None:
    states = heard(fitted_listener.monitor("s"), session.turns)
    alike(states, fitted_listener.batch(session))
    so_far = replace(session, turns=session.turns[: data.draw(st.integers(0, len(states)))])
    alike(states[: len(so_far.turns)], fitted_listener.batch(so_far))


@FEW
@given(session=sessions(), cut=st.integers(1, 40))
def test_a_side_is_estimated_as_validity_pools_its_turns_so_far(
    listener: Listener, scorer: Scorer, session: Session, cut: int
) -> None:
    assume(session.turns)
    so_far = replace(session, turns=session.turns[:cut])
    state = heard(listener.monitor("s"), so_far.turns)[-1]
    assume(state.in_english is not False)
    scored = scorer.score([_clean(so_far)]).scores
    for role, measures in (("patient", state.patient), ("therapist", state.therapist)):
        pooled = session_means(scored.filter(role=role), COLUMNS, POOLINGS["late"])
        for measure in COLUMNS:
            found = getattr(measures, measure)
            if pooled.is_empty():
                assert found is None
            else:
                assert found.value == pytest.approx(pooled[measure].item(), abs=1e-9)


GERMAN = (
    "Sie verstehen mich überhaupt nicht, das bringt doch alles nichts mehr.",
    "Ich vertraue Ihnen, es geht mir damit wirklich besser als vorher.",
)


def test_what_is_not_english_is_not_estimated_by_an_encoder_that_knows_english_only(
    listener: Listener,
) -> None:
    spoken = [(("patient", "therapist")[n % 2], GERMAN[n // 2 % 2]) for n in range(60)]
    states = heard(listener.monitor("s"), turns_of(spoken))
    assert [state.in_english for state in states[:3]] == [None, None, False]
    assert states[1].scores is not None
    for state in states[2:]:
        assert state.in_english is False
        assert (state.scored, state.scores, state.trend, state.evidence) == (False, None, None, ())
        assert state.patient == state.therapist == state.gap == Measures(None, None, None, None)
        assert (state.alarms, state.levels) == ((), {})
    alike(states, listener.batch(Session("s", turns_of(spoken))))


def test_with_an_encoder_of_ones_own_it_is_estimated_and_told(listener: Listener) -> None:
    own = Listener(_Named(listener.encoder)).fit()
    spoken = [("patient", GERMAN[n % 2]) for n in range(20)]
    state = heard(own.monitor("s"), turns_of(spoken))[-1]
    assert (state.in_english, state.scored) == (False, True)
    assert state.patient.alliance is not None
    assert set(state.levels) == {"falling", "widening"}


def test_scores_and_evidence_of_a_turn_are_those_that_score_writes(
    listener: Listener, scorer: Scorer
) -> None:
    chunk = scorer.score([Session("s", TALK)])
    states = heard(listener.monitor("s"), TALK)
    rows = chunk.scores.select(COLUMNS).rows(named=True)
    for state, row in zip(states, rows, strict=True):
        for measure in COLUMNS:
            assert getattr(state.scores, measure) == pytest.approx(row[measure], abs=1e-9)
    assert chunk.evidence is not None
    nearest = chunk.evidence.filter(pl.col("rank") == 1)
    named = [(state.turn, one.scale, one.anchor) for state in states for one in state.evidence]
    assert sorted(named) == sorted(nearest.select("turn", "scale", "anchor").rows())


def test_fitted_estimates_are_those_that_score_fitted_writes(
    fitted_listener: Listener, model: FittedModel
) -> None:
    session = corpus(70, seed=8)[65]
    (chunk,) = FittedScorer(model=model, encoder=ENCODER, running=True).stream([session])
    assert chunk.scores is not None
    states = {state.turn: state for state in fitted_listener.batch(session)}
    rows = chunk.scores.filter(pl.col("role") == "patient").rows(named=True)
    assert len(rows) > 3
    for row in rows:
        found = states[row["turn"]].patient.alliance
        assert found is not None
        assert found.value == pytest.approx(row["alliance"], abs=1e-9)


def test_turns_that_do_not_count_leave_what_is_known(listener: Listener) -> None:
    monitor = listener.monitor("s")
    before = heard(monitor, TALK)[-1]
    silent = [("patient", text) for text in NOT_SPOKEN] + [("other", SPOKEN[0])]
    for role, text in silent:
        state = monitor.step(Turn(monitor.turns, role, text))  # type: ignore[arg-type]
        assert not state.scored
        assert (state.scores, state.evidence, state.alarms) == (None, (), ())
        assert (state.patient, state.therapist, state.gap, state.trend) == (
            before.patient,
            before.therapist,
            before.gap,
            before.trend,
        )
        assert state.heard == before.heard


def test_turns_of_one_side_in_a_row_stay_turns(listener: Listener) -> None:
    monitor = listener.monitor("s")
    states = heard(monitor, turns_of([("patient", text) for text in SPOKEN[:3]]))
    assert [state.heard.patient for state in states] == [1, 2, 3]
    assert states[-1].therapist.alliance is None
    assert states[-1].gap.alliance is None


@pytest.mark.parametrize("number", [0, 2, 4, -1])
def test_a_turn_out_of_order_is_refused_and_changes_nothing(
    listener: Listener, number: int
) -> None:
    monitor = listener.monitor("s")
    last = heard(monitor, TALK[:3])[-1]
    with pytest.raises(DataError, match=f"turn {number} was given where turn 3 was expected"):
        monitor.step(replace(TALK[3], turn=number))
    assert (monitor.turns, monitor.state) == (3, last)
    alike([monitor.step(TALK[3])], heard(listener.monitor("s"), TALK[:4])[-1:])


def test_an_unknown_role_is_refused_without_quoting_the_turn(listener: Listener) -> None:
    monitor = listener.monitor("s")
    with pytest.raises(DataError, match="role") as refused:
        monitor.step(Turn(0, "Anna said it hurts", "It hurts."))  # type: ignore[arg-type]
    assert "hurts" not in str(refused.value)
    assert monitor.turns == 0


def test_a_failing_encoder_leaves_the_monitor_as_it_was(listener: Listener) -> None:
    talk = (*TALK[:6], replace(TALK[6], text=SPOKEN[11]), *TALK[7:])
    failing = _FailsOnce(listener.encoder, on=SPOKEN[11])
    monitor = Listener(failing).fit(anchors=listener.encoder).monitor("s")
    heard(monitor, talk[:6])
    with pytest.raises(ConnectionError):
        monitor.step(talk[6])
    assert monitor.turns == 6
    alike(heard(monitor, talk[6:]), heard(listener.monitor("s"), talk)[6:])


def test_whatever_fails_after_hearing_leaves_the_monitor_as_it_was(
    fitted_listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = corpus()[0].turns
    monitor = fitted_listener.monitor("s")
    heard(monitor, turns[:4])
    with monkeypatch.context() as broken:
        broken.setattr("attunement.live._monitor.state_of", _refuse)
        with pytest.raises(MemoryError):
            monitor.step(turns[4])
    alike(heard(monitor, turns[4:]), heard(fitted_listener.monitor("s"), turns)[4:])


@pytest.mark.parametrize("lying_back", [0, 1, 11, 24])
def test_a_monitor_goes_on_where_another_one_stopped(listener: Listener, lying_back: int) -> None:
    monitor = listener.monitor("s", TALK[:lying_back])
    straight = heard(listener.monitor("s"), TALK)
    assert monitor.turns == lying_back
    if lying_back:
        assert monitor.state is not None
        alike([monitor.state], straight[lying_back - 1 : lying_back])
    alike(heard(monitor, TALK[lying_back:]), straight[lying_back:])


def test_many_sessions_at_once_do_not_hear_each_other(listener: Listener) -> None:
    rng = np.random.default_rng(4)
    spoken = [turns_of([(t.role, str(rng.choice(SPOKEN))) for t in TALK]) for _ in range(16)]
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(lambda turns: heard(listener.monitor("s"), turns), spoken))
    for turns, states in zip(spoken, at_once, strict=True):
        alike(states, heard(listener.monitor("s"), turns))


def test_what_is_kept_of_a_session_is_small_and_holds_no_words(
    listener: Listener, fitted_listener: Listener
) -> None:
    for one in (listener, fitted_listener):
        monitor = one.monitor("s", TALK)
        short = pickle.dumps(monitor._so_far)
        _go_on(monitor, 600)
        long = pickle.dumps(monitor._so_far)
        # A number a turn is kept for the ranks of the falling alarm, and one for the widening one.
        assert len(long) - len(short) < 600 * 2 * 9
        assert not any(text.encode() in long for text in SPOKEN)


def test_alone_or_in_its_session_the_real_encoder_hears_the_same(listener: Listener) -> None:
    bare = Listener(open_encoder()).fit(anchors=listener.encoder)
    alike(heard(bare.monitor("s"), TALK), bare.batch(Session("s", TALK)), tolerance=1e-5)


def test_a_model_of_another_encoder_is_refused(encoder: Encoder, model: FittedModel) -> None:
    with pytest.raises(ModelError, match="fitted with"):
        Listener(encoder, model).fit()


def _clean(session: Session) -> Session:
    """The session as a reader gives it."""
    return replace(
        session, turns=tuple(replace(turn, text=clean(turn.text)) for turn in session.turns)
    )


def _go_on(monitor: Monitor, count: int) -> list[State]:
    start = monitor.turns
    return [
        monitor.step(Turn(n, ("patient", "therapist")[n % 2], SPOKEN[n * 7 % 10]))
        for n in range(start, start + count)
    ]


def _refuse(**_: object) -> State:
    raise MemoryError


class _Named(Remembered):
    """An encoder that somebody brought along."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.name = "their-own"


class _FailsOnce:
    """An encoder whose endpoint is away for a moment."""

    def __init__(self, encoder: Encoder, *, on: str) -> None:
        self.encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.on: str | None = on

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        if self.on in texts:
            self.on = None
            raise ConnectionError
        return self.encoder.encode(texts)
