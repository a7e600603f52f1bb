"""What a turn sounds like: the anchors it comes closest to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from attunement.alliance._axis import project
from attunement.alliance._contract import Vectors
from attunement.embedding import Encoder
from attunement.instruments import Anchor, AnchorBank, load_anchors
from attunement.tables import EVIDENCE, POLES, ROLES, SCALES, Role, Scale


class Evidence:
    """Finds the anchors nearest to each turn, per scale, within the speaker's own role.

    Parameters
    ----------
    bank : AnchorBank, optional
        The anchors; the shipped bank if none is given.
    nearest : int
        How many anchors a scale, both poles together, nearest first.

    Attributes
    ----------
    anchors_ : dict
        (role, scale) to its anchors and their vectors.
    """

    def __init__(self, *, bank: AnchorBank | None = None, nearest: int = 2) -> None:
        self.bank = bank
        self.nearest = nearest

    def fit(self, encoder: Encoder) -> Self:
        """Embed the bank."""
        bank = self.bank or load_anchors()
        self.anchors_: dict[tuple[Role, Scale], tuple[list[Anchor], Vectors]] = {}
        for role in ROLES:
            for scale in SCALES:
                strong, weak = bank.poles(scale=scale, role=role)
                anchors = [*strong, *weak]
                vectors = encoder.encode([anchor.text for anchor in anchors])
                self.anchors_[role, scale] = (anchors, vectors)
        return self

    def table(self, turns: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        """Name the nearest anchors of each turn.

        Parameters
        ----------
        turns : DataFrame
            The scored turns: session_id, turn, role.
        vectors : ndarray of shape (n, d)
            Their embeddings, in the same order.

        Returns
        -------
        DataFrame
            The evidence table, `nearest` rows a turn and scale, ordered as the turns are.
        """
        position = pl.Series("position", np.arange(turns.height), dtype=pl.Int64)
        keyed = turns.select("session_id", "turn", "role").with_columns(position)
        parts = [
            self._of_role(role, keyed.filter(pl.col("role") == role), vectors) for role in ROLES
        ]
        return pl.concat(parts).sort("position", "scale", "rank").select(EVIDENCE.schema.names())

    def nearest_to(
        self, vectors: Vectors, *, role: Role, scale: Scale
    ) -> tuple[NDArray[np.intp], Vectors]:
        """Find the anchors of one role and scale that vectors come closest to.

        Returns
        -------
        places, similarities : ndarray of shape (n, nearest)
            Which of `anchors_`, nearest first, and how near.
        """
        anchors, anchor_vectors = self.anchors_[role, scale]
        similarity = project(vectors, anchor_vectors.T)
        nearest = min(self.nearest, len(anchors))
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :nearest]
        return order, np.take_along_axis(similarity, order, axis=1)

    def _of_role(self, role: Role, keyed: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        spoken = vectors[keyed["position"].to_numpy()]
        parts = [self._of_scale(role, scale, keyed, spoken) for scale in SCALES]
        return pl.concat(parts)

    def _of_scale(
        self, role: Role, scale: Scale, keyed: pl.DataFrame, spoken: Vectors
    ) -> pl.DataFrame:
        anchors, _ = self.anchors_[role, scale]
        order, similarity = self.nearest_to(spoken, role=role, scale=scale)
        nearest = order.shape[1]
        chosen = order.ravel()
        repeated = keyed[np.repeat(np.arange(keyed.height), nearest)]
        names = pl.Series("anchor", [anchor.anchor_id for anchor in anchors])
        poles = pl.Series("pole", [anchor.pole for anchor in anchors], dtype=pl.Enum(POLES))
        return repeated.with_columns(
            pl.lit(scale).alias("scale"),
            pl.Series("rank", np.tile(np.arange(1, nearest + 1), keyed.height), dtype=pl.Int32),
            poles.gather(chosen).cast(pl.String),
            names.gather(chosen),
            pl.Series("similarity", similarity.ravel(), dtype=pl.Float64),
        )


def item_similarities(
    statements: dict[Role, Vectors], vectors: Vectors, roles: Sequence[Role]
) -> Vectors:
    """Cosine of each turn with each statement of the speaker's form, shape (n, K)."""
    spoken = np.asarray(roles, dtype=object)
    width = next(iter(statements.values())).shape[0]
    similarities = np.empty((len(vectors), width), dtype=np.float32)
    for role in ROLES:
        mask = np.asarray(spoken == role, dtype=np.bool_)
        similarities[mask] = vectors[mask] @ statements[role].T
    return similarities
