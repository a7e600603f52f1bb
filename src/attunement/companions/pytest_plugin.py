"""Fixtures for pytest, found by it wherever Attunement is installed.

    def test_the_companion_does_not_give_way(attunement_audit):
        audited = attunement_audit([talk(persona) for persona in PERSONAS])
        assert audited["giving_way"].estimate < 0.3
        assert_audit(audited, at_most={"giving_way": 0.3, "flattery": 2})

Nothing is loaded until a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import pytest

from attunement.companions._audited import Audited
from attunement.companions._chats import Chats, sessions_of
from attunement.errors import AttunementError

if TYPE_CHECKING:
    import polars as pl

    from attunement.embedding import Encoder


class AuditChats(Protocol):
    """Audits chats."""

    def __call__(
        self,
        chats: Chats,
        *,
        by: str | None = None,
        pair: str | None = None,
        counterfactual_turns: int = 0,
        ratings: pl.DataFrame | None = None,
    ) -> Audited:
        """Audit chats, as ``attunement audit`` does.

        Parameters
        ----------
        chats : path, paths, chats, or dict of chats
            Files and folders, lists of messages, or a model's name to its chats.
        by, pair : str, optional
            The columns that name the model, and what models are paired by.
        counterfactual_turns : int
            How many turns of the AI are rewritten to test our own measure; it takes the longest.
        ratings : DataFrame, optional
            RATINGS: the AI's own, or the users'.
        """
        ...


@pytest.fixture(scope="session")
def attunement_encoder() -> Iterator[Encoder]:
    """Open the embedding model, its vectors kept from run to run; override it to use another."""
    from contextlib import closing

    from attunement.embedding import CachedEncoder, VectorCache, open_encoder

    with closing(VectorCache()) as cache:
        yield CachedEncoder(open_encoder(), cache)


@pytest.fixture(scope="session")
def attunement_audit(attunement_encoder: Encoder) -> AuditChats:
    """Audit the chats of an AI companion."""
    from attunement.audit import AuditOptions, audit_sessions

    def audit(
        chats: Chats,
        *,
        by: str | None = None,
        pair: str | None = None,
        counterfactual_turns: int = 0,
        ratings: pl.DataFrame | None = None,
    ) -> Audited:
        __tracebackhide__ = True
        try:
            result = audit_sessions(
                sessions_of(chats),
                encoder=attunement_encoder,
                options=AuditOptions(by=by, pair=pair, counterfactual_turns=counterfactual_turns),
                ratings=ratings,
            )
        except AttunementError as error:
            # What the frames below hold are chats, and --showlocals would print them.
            raise error.with_traceback(None) from None
        return Audited(result)

    return audit
