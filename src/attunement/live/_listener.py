"""What hears sessions: the model, the axes and the alarms' settings, loaded once for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from attunement.alliance import Evidence
from attunement.alliance.fitted import FittedModel, Hearing
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank
from attunement.live._alarms import PER_TURNS, Alarms
from attunement.live._batch import batch_states
from attunement.live._ears import Ears
from attunement.live._monitor import Monitor
from attunement.live._state import State
from attunement.transcripts import Session, Turn


class Listener:
    """Hears any number of sessions, with one encoder and one model for all of them.

    Without a model, a side's estimate is the mean of its turns' zero-shot scores (`contrast`),
    later turns counting more, and the difference of the two sides is a role difference. With one it
    is what the model estimates that the side will answer at the end, on the questionnaire's scale.

    Once it is fitted it does not change, and any number of threads may use it.

    Parameters
    ----------
    encoder : Encoder
        Embeds turns.
    model : FittedModel, optional
        Estimates ratings.
    false_alarms : float
        How many alarms of *falling*, and of *widening*, may be expected in a typical session in
        which nothing changes.
    per_turns : int
        How many turns of the patient a typical session has.
    bank : AnchorBank, optional
        Anchors to name as evidence; the shipped bank if none is given.
    """

    def __init__(
        self,
        encoder: Encoder,
        model: FittedModel | None = None,
        *,
        false_alarms: float = 0.1,
        per_turns: int = PER_TURNS,
        bank: AnchorBank | None = None,
    ) -> None:
        self.encoder = encoder
        self.model = model
        self.false_alarms = false_alarms
        self.per_turns = per_turns
        self.bank = bank

    def fit(self, *, anchors: Encoder | None = None) -> Self:
        """Embed the anchors and the reference, and work out when alarms are raised.

        Parameters
        ----------
        anchors : Encoder, optional
            Embeds our own texts in place of `encoder`, which it must equal: one with a cache makes
            the next start quick, and keeps nothing of what is said in sessions.

        Raises
        ------
        ModelError
            The model was fitted with another encoder.
        UsageError
            Alarms cannot be raised at such a rate.
        """
        own = anchors or self.encoder
        if self.model is not None:
            self.model.need(self.encoder)
        self.ears_ = Ears(
            encoder=self.encoder,
            hearing=Hearing.of(own) if self.model is None else self.model.hearing,
            evidence=Evidence(bank=self.bank, nearest=1).fit(own),
            model=self.model,
            alarms=Alarms(false_alarms=self.false_alarms, per_turns=self.per_turns),
        )
        return self

    def monitor(
        self, session_id: str, turns: Sequence[Turn] = (), *, alarms: Alarms | None = None
    ) -> Monitor:
        """Begin to hear a session, or go on with one.

        Parameters
        ----------
        session_id : str
            What its states are to be named.
        turns : sequence of Turn, optional
            Those heard before, from number 0: the monitor is then as if it had heard them one by
            one. They are embedded all at once, which is much quicker.
        alarms : Alarms, optional
            How this session's alarms are to be raised; as the listener says if left out.

        Raises
        ------
        DataError
            The turns are not numbered in order, or one has no known role.
        """
        monitor = Monitor(self._ears(alarms), session_id)
        monitor.catch_up(turns)
        return monitor

    def batch(self, session: Session, *, alarms: Alarms | None = None) -> list[State]:
        """Give the state after each turn of a session that is known as a whole.

        It equals what a monitor gives turn by turn, and is worked out for all turns at once.

        Parameters
        ----------
        session : Session
            The session.
        alarms : Alarms, optional
            How its alarms are to be raised; as the listener says if left out.

        Raises
        ------
        DataError
            The turns are not numbered in order, or one has no known role.
        """
        return batch_states(self._ears(alarms), session)

    def _ears(self, alarms: Alarms | None) -> Ears:
        return self.ears_ if alarms is None else replace(self.ears_, alarms=alarms)
