"""From a stream of sessions to a stream of score tables, a few thousand turns at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from attunement.alliance._contract import COLUMNS, Estimator, Form, Vectors
from attunement.alliance._embedded import EmbeddedChunk, chunks, embed
from attunement.alliance._evidence import Evidence, item_similarities
from attunement.alliance._reference import reference_standard
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, Inventory, load_inventory
from attunement.tables import ROLES, SCORES, Role
from attunement.transcripts import Session

_OTHER_ROLE: dict[Role, Role] = {"patient": "therapist", "therapist": "patient"}


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """The tables of some consecutive sessions (schemas in attunement.tables)."""

    turns: pl.DataFrame
    sessions: pl.DataFrame
    ratings: pl.DataFrame
    scores: pl.DataFrame
    evidence: pl.DataFrame | None


class Scorer:
    """Scores sessions with one or more estimators over one encoder.

    Parameters
    ----------
    estimators : sequence of Estimator
        Unfitted; each yields its own rows in the scores table.
    encoder : Encoder
        Embeds turns, anchors, statements and the reference.
    bank : AnchorBank, optional
        Anchors to name as evidence; the shipped bank if none is given.
    inventory : Inventory, optional
        Statements for `items`; the shipped inventory if none is given.
    form : {"own", "patient", "therapist"}
        Hold each turn against its own role's wording, or the turns of both roles against one
        role's (the form swap of METHOD.md section 5). Either way the scores are standardised on
        each role's own wording, so that scores from all three share one unit. The `*_swapped`
        columns always hold a turn against the wording of the role that did not speak it, and
        evidence and items stay with the speaker's own role.
    evidence : bool
        Whether chunks carry the evidence table.
    items : bool
        Whether scores carry each turn's similarity to every statement of its role's form.
    """

    def __init__(
        self,
        *,
        estimators: Sequence[Estimator],
        encoder: Encoder,
        bank: AnchorBank | None = None,
        inventory: Inventory | None = None,
        form: Form = "own",
        evidence: bool = False,
        items: bool = False,
    ) -> None:
        self.estimators = estimators
        self.encoder = encoder
        self.bank = bank
        self.inventory = inventory
        self.form = form
        self.evidence = evidence
        self.items = items

    @property
    def scores_schema(self) -> pl.Schema:
        """The columns of the scores table: all of `SCORES`, with `items` only on request."""
        left_out = frozenset() if self.items else frozenset({"items"})
        return pl.Schema({n: t for n, t in SCORES.columns.items() if n not in left_out})

    def fit(self) -> Self:
        """Embed anchors, statements and reference; learn each estimator's standard."""
        self.fitted_ = [estimator.fit(self.encoder) for estimator in self.estimators]
        self.standards_ = [reference_standard(one, self.encoder) for one in self.fitted_]
        self.evidence_ = Evidence(bank=self.bank).fit(self.encoder) if self.evidence else None
        self.statements_ = None
        if self.items:
            inventory = self.inventory or load_inventory()
            self.statements_ = {
                role: self.encoder.encode(inventory.statements(role)) for role in ROLES
            }
        return self

    def stream(
        self,
        sessions: Iterable[Session],
        *,
        on_turns: Callable[[int], None] | None = None,
    ) -> Iterator[ScoredChunk]:
        """Score sessions as they come.

        Parameters
        ----------
        sessions : iterable of Session
            Read once, in order.
        on_turns : callable, optional
            Called with how many more turns are embedded, for progress.

        Yields
        ------
        ScoredChunk
            Whole sessions, together `CHUNK_TURNS` turns or one session more.
        """
        for chunk in chunks(sessions):
            yield self.score(chunk, on_turns=on_turns)

    def score(
        self, sessions: Sequence[Session], *, on_turns: Callable[[int], None] | None = None
    ) -> ScoredChunk:
        """Score some sessions at once; see `stream`.

        Turns of third speakers and turns without words are not scored; their numbers are kept.
        """
        return self.score_embedded(embed(sessions, self.encoder, on_turns=on_turns))

    def score_embedded(self, chunk: EmbeddedChunk) -> ScoredChunk:
        """Score sessions that are embedded already."""
        evidence = self.evidence_
        return ScoredChunk(
            turns=chunk.turns,
            sessions=chunk.sessions,
            ratings=chunk.ratings,
            scores=self._scores(chunk.spoken, chunk.vectors),
            evidence=evidence.table(chunk.spoken, chunk.vectors) if evidence else None,
        )

    def _scores(self, spoken: pl.DataFrame, vectors: Vectors) -> pl.DataFrame:
        roles = spoken["role"].to_list()
        other_roles = [_OTHER_ROLE[role] for role in roles]
        keys = spoken.select("session_id", "turn", "role", "time", "words")
        if self.statements_ is not None:
            similarities = item_similarities(self.statements_, vectors, roles)
            keys = keys.with_columns(
                pl.Series("items", similarities).arr.to_list().cast(pl.List(pl.Float32))
            )
        tables = []
        for estimator, standard in zip(self.fitted_, self.standards_, strict=True):
            raw = estimator.raw(vectors, roles, form=self.form)
            swapped = estimator.raw(vectors, other_roles)
            offset = estimator.offset(vectors, roles, form=self.form)
            values = np.hstack(
                [
                    standard.apply(raw),
                    raw.astype(np.float64),
                    standard.apply(swapped),
                    standard.apply_to_offset(offset),
                ]
            )
            kinds = ("", "_raw", "_swapped", "_offset")
            names = [f"{column}{kind}" for kind in kinds for column in COLUMNS]
            scored = pl.from_numpy(values, schema=dict.fromkeys(names, pl.Float64))
            named = keys.with_columns(pl.lit(estimator.name).alias("estimator"))
            tables.append(pl.concat([named, scored], how="horizontal"))
        if not tables:
            return pl.DataFrame(schema=self.scores_schema)
        return pl.concat(tables).select(self.scores_schema.names())
