"""Hearing live sessions: one turn in, kept before it is acknowledged, one state out."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from attunement.live import Listener, Monitor
from attunement.transcripts import Turn, clean
from attunement.web._problems import Problem
from attunement.web.accounts import Caller
from attunement.web.sessions._bells import Bells
from attunement.web.sessions._followers import Followers
from attunement.web.sessions._readings import Readings
from attunement.web.sessions._store import SessionStore
from attunement.web.sessions._turns import HeardTurn, Overtaken, Posted
from attunement.web.sessions._views import SessionView, TurnView
from attunement.web.storage import Database, StorageUnavailable, Vault
from attunement.wire import NewTurn

_ATTEMPTS = 5
"""To post a turn while others go on with the same session elsewhere."""
_PATIENCE_SECONDS = 20
"""How long a turn waits for those of the same session before it."""
_MOST_WAITING = 8
"""Turns of one session that wait: each keeps a thread from those who post to others."""


@dataclass(slots=True)
class _Ear:
    """What this process knows of a live session: at most what the database holds."""

    lock: Lock = field(default_factory=Lock)
    monitor: Monitor | None = None
    waiting: int = 0


class Listening:
    """The live sessions of a service.

    Sessions are heard by this process's monitors, which are nothing but a memory of what stands in
    the database: one that is missing, behind, or in doubt is made again from the turns there. So
    a service that was killed goes on where it was, and two processes may serve one database.

    Parameters
    ----------
    listener : Listener
        Hears; fitted.
    database : Database
        Where turns are kept.
    vault : Vault
        Seals and opens them.
    keep : int
        How many sessions' monitors are kept in memory.

    Attributes
    ----------
    bells : Bells
        Rung when a session goes on.
    readings : Readings
        Whose reading stands in the audit already.
    followers : Followers
        How many streams somebody has open.
    raised : Counter
        How many alarms of each kind were raised, since the service was started.
    """

    def __init__(
        self, listener: Listener, database: Database, vault: Vault, *, keep: int = 1000
    ) -> None:
        self.listener = listener
        self.bells = Bells()
        self.readings = Readings()
        self.followers = Followers()
        self.raised: Counter[str] = Counter()
        self._database = database
        self._vault = vault
        self._keep = keep
        self._ears: OrderedDict[str, _Ear] = OrderedDict()
        self._lock = Lock()
        self.estimator = estimator_name(listener)

    @property
    def monitors(self) -> int:
        """How many sessions' monitors are in memory."""
        with self._lock:
            return sum(ear.monitor is not None for ear in self._ears.values())

    def post(self, caller: Caller, session_id: str, new: NewTurn) -> tuple[TurnView, bool]:
        """Hear a turn and keep it. When this returns, it is on disk.

        Parameters
        ----------
        caller : Caller
            Who posts it.
        session_id : str
            The session.
        new : NewTurn
            The turn.

        Returns
        -------
        TurnView
            The turn with the state after it.
        bool
            Whether it is new; False where the same was posted before.

        Raises
        ------
        NotFound
            There is no such session for the caller.
        Problem
            409: another number was expected, the turn's id belongs to another turn, the session is
            closed or is heard with another estimator.
        StorageUnavailable
            It could not be kept. Whether it was can be found out by posting it again.
        """
        turn = Turn(
            turn=new.number,
            role=new.role,
            text=clean(new.text),
            speaker=new.speaker,
            start=new.start,
            end=new.end,
        )
        with self._ear(session_id) as ear:
            for _ in range(_ATTEMPTS):
                try:
                    found, created = self._post(ear, caller, session_id, new.turn_id, turn)
                except Overtaken:
                    ear.monitor = None
                except BaseException:
                    # The monitor may have heard what the database has not.
                    ear.monitor = None
                    raise
                else:
                    if created:
                        with self._lock:
                            self.raised.update(alarm.kind for alarm in found.state.alarms)
                        self.bells.ring(session_id)
                    return found, created
        raise Problem(
            409,
            "Others are posting to this session at the same time.",
            mend="Let one sender number the turns, or post it again.",
        )

    def close(self, caller: Caller, session_id: str) -> SessionView:
        """Let a session take no more turns."""
        with self._database.of(caller.organisation_id) as db:
            found = SessionStore(db, self._vault, caller).close(session_id)
        self.forget(session_id)
        self.bells.ring(session_id)
        return found

    def forget(self, session_id: str) -> None:
        """Keep nothing of a session in memory: it is closed, or erased."""
        with self._lock:
            self._ears.pop(session_id, None)
        self.bells.ring(session_id)

    def _post(
        self, ear: _Ear, caller: Caller, session_id: str, turn_id: str, turn: Turn
    ) -> tuple[TurnView, bool]:
        with self._database.of(caller.organisation_id) as db:
            store = SessionStore(db, self._vault, caller)
            posted = store.posted(session_id, turn_id)
            if posted.number is not None:
                if posted.content_mark != store.content_mark(session_id, turn):
                    raise _other_content()
                return store.turn(session_id, posted.number), False
            self._check(posted, turn)
            monitor = self._caught_up(ear, store, session_id, posted)
            heard = HeardTurn(turn_id, turn, monitor.step(turn))
            (found,) = store.append(session_id, [heard])
            self.readings.note(
                db, self._vault, caller=caller, session_id=session_id, action="session.post"
            )
        return found, True

    def _check(self, posted: Posted, turn: Turn) -> None:
        if posted.status != "live":
            raise Problem(
                409,
                "The session is closed and takes no more turns.",
                mend="Begin another session.",
            )
        if turn.turn != posted.n_turns:
            raise Problem(
                409,
                f"Turn number {turn.turn} was posted, and {posted.n_turns} is expected.",
                mend=f"Post turn {posted.n_turns} next.",
                more={"expected": posted.n_turns, "field": "number"},
            )
        if posted.estimator != self.estimator:
            raise Problem(
                409,
                "The session was begun with another model, and its states would not be comparable.",
                mend="Close it and begin another, or start the service with that model.",
            )

    def _caught_up(
        self, ear: _Ear, store: SessionStore, session_id: str, posted: Posted
    ) -> Monitor:
        monitor, n_turns = ear.monitor, posted.n_turns
        if monitor is None or monitor.turns > n_turns:
            monitor = self.listener.monitor(session_id, alarms=posted.alarms)
        # In doubt until it has heard all of them: what fails on the way leaves no monitor.
        ear.monitor = None
        if monitor.turns < n_turns:
            monitor.catch_up(store.spoken(session_id, after=monitor.turns - 1))
        if monitor.turns != n_turns:
            raise Overtaken
        ear.monitor = monitor
        return monitor

    @contextmanager
    def _ear(self, session_id: str) -> Iterator[_Ear]:
        """Give a session's ear to this thread alone."""
        with self._lock:
            ear = self._ears.setdefault(session_id, _Ear())
            self._ears.move_to_end(session_id)
            self._let_go()
            if ear.waiting >= _MOST_WAITING:
                raise _others_first()
            ear.waiting += 1
        acquired = ear.lock.acquire(timeout=_PATIENCE_SECONDS)
        with self._lock:
            ear.waiting -= 1
        if not acquired:
            raise _others_first()
        try:
            yield ear
        finally:
            ear.lock.release()

    def _let_go(self) -> None:
        """Forget the sessions that nothing was heard of for longest, if there are too many."""
        spare = len(self._ears) - self._keep
        if spare > 0:
            idle = [name for name, ear in self._ears.items() if not ear.lock.locked()]
            for name in idle[:spare]:
                del self._ears[name]


def estimator_name(listener: Listener) -> str:
    """Name what a listener infers with: states of equal names are comparable.

    Returns
    -------
    str
        "contrast" or "fitted", and a fingerprint of encoder and model.
    """
    told = [listener.encoder.fingerprint]
    model = listener.model
    if model is not None:
        told += [repr((one.perspective, one.instrument, one.scale)) for one in model.scales]
        told += [repr((float(one.head.intercept), one.half_width)) for one in model.scales]
        told += sorted(model.learned_from)
    fingerprint = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return f"{'contrast' if model is None else model.name}:{fingerprint}"


def _others_first() -> StorageUnavailable:
    return StorageUnavailable(
        "other turns of this session are being heard", mend="Try again", retry_after=1
    )


def _other_content() -> Problem:
    return Problem(
        409,
        "A turn of this id was posted before, and it holds something else.",
        mend="Give every turn an id of its own; a turn that was acknowledged cannot be changed.",
        more={"field": "turn_id"},
    )
