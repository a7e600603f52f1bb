"""How often an audit of equal models shows a difference beyond chance.

    python benchmarks/audit.py --corpora ../shared/data --keep DIR
    python benchmarks/audit_null.py DIR

DIR holds the files of an audit whose chats are paired. The chats of each pair are given to the
models at random, so that the models are equal and all else is as it was; then they are compared as
in an audit, with Holm's adjustment within each group of figures. What is printed is in how many of
such audits any difference at all is called beyond chance.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from attunement.audit._clusters import ChatClusters
from attunement.audit._comparisons import comparisons_table
from attunement.audit._rated import Rated
from attunement.tables import AUDIT_SESSIONS, EFFECTS, RATINGS

AUDITS = {2: 150, 3: 60}
"""How many audits of so many models."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    folder = arguments.parse_args().folder
    chats = sessions(folder / "audit_sessions.csv")
    models = chats["model"].unique(maintain_order=True).to_list()
    rng = np.random.default_rng(1)
    print(f"{chats.height} chats, {chats['pair'].n_unique()} pairs\n")
    for many, audits in AUDITS.items():
        if many > len(models):
            continue
        own = chats.filter(pl.col("model").is_in(models[:many]))
        found = [differing(shuffled(own, rng), models[:many]) for _ in range(audits)]
        any_at_all = np.mean([any(one) for one in found])
        alone = np.mean([share for one in found for share in one])
        print(
            f"{many} models, {audits} audits: some difference in {any_at_all:.0%}, "
            f"{alone:.1%} of {len(found[0])} differences"
        )


def sessions(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path, infer_schema_length=None)
    typed = table.select(pl.col(name).cast(kind) for name, kind in AUDIT_SESSIONS.columns.items())
    return typed.filter("scored").with_columns(patient_id=pl.col("pair"))


def shuffled(chats: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Give the chats of each pair to the models at random."""
    parts = [
        part.with_columns(pl.Series("model", rng.permutation(part["model"].to_numpy())))
        for part in chats.partition_by("pair", maintain_order=True)
    ]
    return pl.concat(parts)


def differing(chats: pl.DataFrame, models: list[str]) -> list[bool]:
    """Say of each difference that can be tested whether it is called beyond chance."""
    found = comparisons_table(
        chats,
        models=models,
        clusters=ChatClusters.of(chats, pair="pair"),
        pair="pair",
        rated=Rated.of(pl.DataFrame(schema=RATINGS.schema)),
        effects=pl.DataFrame(schema=EFFECTS.schema),
        draws=199,
        seed=1,
    )
    return [p < 0.05 for p in found["p_holm"].drop_nulls()]


if __name__ == "__main__":
    main()
