"""What chats are nested in: users, else prompts, else nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.intp]

FEWEST_CLUSTERS = 3
"""With fewer users, what differs between users at large cannot be estimated: they are taken as
given, chats are the clusters, and intervals speak of these users."""


@dataclass(frozen=True, slots=True)
class ChatClusters:
    """Which cluster each chat belongs to.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        A chat of which nothing is known is a cluster of its own.
    of_chats : bool
        Whether every chat is a cluster of its own.
    name : str
        What the clusters are, in words.
    note : str or None
        What a reader must know of them.
    """

    codes: Codes
    of_chats: bool
    name: str
    note: str | None = None

    @classmethod
    def of(cls, chats: pl.DataFrame, *, pair: str | None) -> ChatClusters:
        """Choose the clusters of some chats.

        Parameters
        ----------
        chats : DataFrame
            `patient_id` and `pair`, one row a chat.
        pair : str or None
            The column that `pair` was taken from.
        """
        users, prompts = chats["patient_id"], chats["pair"]
        kinds = [("users", users)]
        if pair not in (None, "patient_id"):
            kinds.append((f"values of {pair}", prompts))
        known = [(name, ids) for name, ids in kinds if ids.drop_nulls().n_unique() >= 1]
        wide = [
            (name, ids) for name, ids in known if ids.drop_nulls().n_unique() >= FEWEST_CLUSTERS
        ]
        if wide:
            name, ids = min(wide, key=lambda kind: kind[1].drop_nulls().n_unique())
            return cls(codes=_codes(ids), of_chats=False, name=name)
        alone = np.arange(chats.height, dtype=np.intp)
        if known:
            name, ids = known[0]
            note = (
                f"There are fewer than {FEWEST_CLUSTERS} {name}: intervals speak of these and "
                "other chats with them, not of others."
            )
        else:
            note = (
                "No chat names its user, so every chat counts as another user's; if users come "
                "more than once, intervals are too narrow. Give patient_id in sessions.csv."
            )
        return cls(codes=alone, of_chats=True, name="chats", note=note)


def _codes(ids: pl.Series) -> Codes:
    keys = [f"={one}" if one is not None else f"?{at}" for at, one in enumerate(ids)]
    return np.unique(np.array(keys), return_inverse=True)[1].astype(np.intp)


def count_known(ids: pl.Series) -> int | None:
    """Count the distinct ids; None where there is none."""
    return ids.drop_nulls().n_unique() or None
