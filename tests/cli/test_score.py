"""`attunement score` on real transcripts with the real model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Run

from attunement.sample import sample_folder
from attunement.tables import EVIDENCE, SCORES

WRITTEN = pl.Schema({name: kind for name, kind in SCORES.columns.items() if name != "items"})
"""What is written without --items."""


def test_every_spoken_turn_of_the_sample_gets_one_row_an_estimator(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "scores.parquet"
    with sample_folder() as folder:
        done = run("score", folder, "-o", out, "-e", "contrast", "-e", "compass", "--json")
    assert done.returncode == 0, done.stderr
    scores = pl.read_parquet(out)
    assert scores.schema == WRITTEN
    assert json.loads(done.stdout)["sessions"] == 20
    assert scores["session_id"].n_unique() == 20
    keys = ["session_id", "turn", "estimator"]
    assert scores.select(keys).is_unique().all()
    assert sorted(scores["estimator"].unique()) == ["compass", "contrast"]
    assert scores.null_count().sum_horizontal().item() == 0
    assert scores.select(pl.col(pl.Float64).is_finite().all()).row(0) == (True,) * 17


def test_in_a_warm_exchange_the_patient_scores_higher_than_in_a_cold_one(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "warm.txt").write_text(
        "T: How was it?\nP: Thank you, it really helped me. I feel you understand.\n"
    )
    (tmp_path / "cold.txt").write_text(
        "T: How was it?\nP: Pointless. You are not listening to me at all.\n"
    )
    out = tmp_path / "scores.csv"
    done = run("score", tmp_path / "warm.txt", tmp_path / "cold.txt", "-o", out)
    assert done.returncode == 0, done.stderr
    patient = pl.read_csv(out).filter(pl.col("role") == "patient")
    warm, cold = (patient.filter(pl.col("session_id") == name) for name in ("warm", "cold"))
    for scale in ("task", "bond", "goal", "alliance"):
        assert warm[scale].item() > cold[scale].item() + 1


_READERS: dict[str, Callable[..., pl.DataFrame]] = {
    "parquet": pl.read_parquet,
    "csv": pl.read_csv,
    "jsonl": pl.read_ndjson,
}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_the_three_formats_hold_the_same_scores(
    run: Run, tmp_path: Path, transcript: Path, suffix: str
) -> None:
    reference, out = tmp_path / "a.parquet", tmp_path / f"b.{suffix}"
    assert run("score", transcript, "-o", reference).returncode == 0
    assert run("score", transcript, "-o", out).returncode == 0
    read = _READERS[suffix]
    casts = [pl.col(name).cast(dtype) for name, dtype in WRITTEN.items()]
    assert read(out).select(casts).equals(pl.read_parquet(reference))


def test_items_and_evidence_come_on_request(run: Run, tmp_path: Path, transcript: Path) -> None:
    out, evidence = tmp_path / "scores.parquet", tmp_path / "evidence.parquet"
    done = run("score", transcript, "-o", out, "--items", "--evidence", evidence)
    assert done.returncode == 0, done.stderr
    scores, nearest = pl.read_parquet(out), pl.read_parquet(evidence)
    assert scores["items"].list.len().unique().to_list() == [36]
    assert nearest.schema == EVIDENCE.schema
    assert nearest.filter(rank=1).height == scores.height * 3
    assert nearest.filter(pl.col("anchor").str.split(".").list.first() != pl.col("role")).is_empty()


def test_a_third_speaker_is_left_out_and_keeps_its_number(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "family.csv"
    path.write_text(
        "session_id,role,text\n"
        "s1,therapist,Who would like to start?\n"
        "s1,mother,He never talks.\n"
        "s1,patient,You never ask.\n"
    )
    out = tmp_path / "scores.csv"
    assert run("score", path, "-o", out).returncode == 0
    assert pl.read_csv(out).select("turn", "role").rows() == [(0, "therapist"), (2, "patient")]
