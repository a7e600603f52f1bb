"""The role difference between models with all its controls, and the gap of ratings, by `gap`."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.audit._options import AuditOptions
from attunement.gap import GapOptions, analyze_scores
from attunement.tables import CONTROLS, EFFECTS, TRAJECTORIES


@dataclass(frozen=True, slots=True)
class BetweenSides:
    """EFFECTS, CONTROLS and TRAJECTORIES with models as groups."""

    effects: pl.DataFrame
    controls: pl.DataFrame
    trajectories: pl.DataFrame

    @classmethod
    def of(
        cls,
        scores: pl.DataFrame,
        chats: pl.DataFrame,
        ratings: pl.DataFrame,
        options: AuditOptions,
    ) -> BetweenSides:
        """Ask how the two sides differ, between models.

        Parameters
        ----------
        scores : DataFrame
            SCORES.
        chats : DataFrame
            session_id, patient_id, model of the chats that are scored.
        ratings : DataFrame
            RATINGS of these.
        options : AuditOptions
            Draws and seed.
        """
        if chats.is_empty():
            tables = (EFFECTS, CONTROLS, TRAJECTORIES)
            return cls(*(pl.DataFrame(schema=table.schema) for table in tables))
        # The AI is what is compared: as a therapist named beside it, it would stand for itself.
        found = analyze_scores(
            scores.join(chats, on="session_id", how="semi", maintain_order="left"),
            chats.select("session_id", "patient_id", "model"),
            on_common_scale=False,
            ratings=ratings.join(chats, on="session_id", how="semi", maintain_order="left"),
            options=GapOptions(by="model", draws=options.draws, seed=options.seed),
        )
        return cls(found.effects, found.controls, found.trajectories)
