"""A judge's answers as filled-in forms: a row a session, a column an item, reversed ones turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from attunement.psychometrics._material import Material
from attunement.psychometrics._rows import Asked
from attunement.psychometrics._sample import Sample
from attunement.statistics import Array, Codes
from attunement.tables import ALLIANCE


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one judge.

    Attributes
    ----------
    asked : Asked
        Who was asked, and how.
    items : DataFrame
        item, scale, key, in the order in which they were asked.
    session_ids : Series
        The sessions.
    answers : ndarray of shape (sessions, items)
        Means over windows and repeats; reversed items turned; NaN where nothing was scored.
    """

    asked: Asked
    items: pl.DataFrame
    session_ids: pl.Series
    answers: Array

    @classmethod
    def of(cls, material: Material, asked: Asked) -> Forms:
        """Gather one judge's forms."""
        own = material.verdicts_of(asked)
        items = own.select("item", "scale", "key").unique("item", maintain_order=True)
        turned = (
            pl.when(pl.col("key") < 0)
            .then(pl.col("low") + pl.col("high") - pl.col("score"))
            .otherwise("score")
        )
        by_item = own.group_by("session_id", "item").agg(answer=turned.mean())
        wide = by_item.pivot("item", index="session_id", values="answer").sort("session_id")
        names = items["item"].to_list()
        answers = wide.select(names).cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
        return cls(asked, items, wide["session_id"], answers)

    def scales(self) -> list[str]:
        """List the scales, and the whole where there are several."""
        own = self.items["scale"].unique(maintain_order=True).to_list()
        return own if len(own) == 1 else [ALLIANCE, *(one for one in own if one != ALLIANCE)]

    def columns(self, scale: str) -> Codes:
        """Give the places of a scale's items; of all items, for the whole."""
        if scale == ALLIANCE:
            return np.arange(self.items.height)
        return np.flatnonzero((self.items["scale"] == scale).to_numpy())

    def complete(self, columns: Codes) -> Codes:
        """Give the sessions in which every one of some items was scored."""
        return np.flatnonzero(np.isfinite(self.answers[:, columns]).all(axis=1))

    def sample(self, material: Material, rows: Codes) -> Sample:
        """Gather the patients of some of the sessions."""
        return material.sample(self.session_ids.gather(rows))

    def rated(self, material: Material, scale: str) -> tuple[str, Array] | None:
        """Give what people rated from the judge's own perspective, and what it is called.

        The scale of the same name; the whole alliance where nobody rated that; else None.
        """
        beside = [
            one
            for name in (scale, ALLIANCE)
            for one in material.humans_beside(self.asked, name, rater=self.asked.perspective)
        ]
        if not beside:
            return None
        human = next((one for one in beside if one.scale.casefold() == scale.casefold()), beside[0])
        joined = self.session_ids.to_frame().join(
            human.table, on="session_id", how="left", maintain_order="left"
        )
        return human.name, joined["rating"].fill_null(float("nan")).to_numpy().copy()
