"""`attunement validate --judged`: what `rate` left behind, joined to the other estimators."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.conftest import Run
from tests.cli.test_validate import DRAWS, corpus

from attunement.cli._validate_judged import read_judged
from attunement.errors import DataError
from attunement.tables import RATER_SCORES

__all__ = ["corpus"]
"""A fixture of the command's own tests."""

SESSIONS = pl.DataFrame({"session_id": [f"s{k:02}" for k in range(24)]})


def scores(**changed: object) -> pl.DataFrame:
    """A judge that sees warm sessions as warm, through noise: whole and bond, and by seed."""
    generator = np.random.default_rng(0)
    rows = [
        {
            "session_id": f"s{k:02}",
            "judge": "judge",
            "perspective": "patient",
            "framing": "reader",
            "variant": "as it is",
            "instrument": "own",
            "scale": scale,
            "seed": seed,
            "value": (3 if k % 2 else 5) + generator.normal(0, 0.3),
            "items": 12,
            "items_scored": 12,
            "verdicts": 24,
            "verdicts_scored": 20,
            "reason": None,
        }
        for k in range(24)
        for scale in ("alliance", "bond")
        for seed in (None, 0)
    ]
    table = pl.DataFrame(rows, schema=RATER_SCORES.schema)
    return table.with_columns(**{name: pl.lit(value) for name, value in changed.items()})


def write(path: Path, table: pl.DataFrame) -> Path:
    if path.suffix == ".csv":
        table.write_csv(path)
    else:
        table.write_parquet(path)
    return path


def test_judges_stand_beside_the_other_estimators(run: Run, corpus: Path, tmp_path: Path) -> None:
    mine = write(tmp_path / "rater_scores.csv", scores())
    other = write(tmp_path / "other.parquet", scores(judge="other", perspective="therapist"))
    out = tmp_path / "out"
    done = run("validate", corpus, "--judged", mine, "--judged", other, *DRAWS, "-o", out, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    judge = found["estimators"]["judge as patient"]
    assert judge["inferred"] == "judged-patient"
    assert (judge["session"]["alliance"]["n"], judge["session"]["alliance"]["spearman"] > 0.6) == (
        22,
        True,
    )
    assert {"words_spoken", "compass"} <= set(judge["baselines"])
    assert "other as therapist" not in found["estimators"]
    assert any("other as therapist answered as the therapist" in one for one in found["warnings"])
    page = (out / "validity.html").read_text(encoding="utf-8")
    assert "Every estimator" in page
    assert "judge as patient" in page


@pytest.mark.parametrize("name", ["rater_scores.csv", "rater_scores.parquet"])
def test_scores_are_read_back_from_either_format(tmp_path: Path, name: str) -> None:
    found = read_judged([write(tmp_path / name, scores())], sessions=SESSIONS)
    assert found.estimates is not None
    assert found.estimates.height == 48  # two scales, without the rows of single seeds
    assert found.instruments == {"judge as patient": "own"}


def test_one_judge_on_two_instruments_is_two_estimators(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.csv", scores()),
        write(tmp_path / "b.csv", scores(instrument="mine")),
    ]
    found = read_judged(paths, sessions=SESSIONS)
    assert found.instruments == {
        "judge as patient on own": "own",
        "judge as patient on mine": "mine",
    }


def test_sessions_of_no_corpus_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", scores())
    found = read_judged([path], sessions=SESSIONS.head(20))
    assert found.estimates is not None
    assert found.estimates["session_id"].n_unique() == 20
    assert list(found.notes) == ["4 judged sessions are not in this corpus"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (scores().drop("judge"), "no column judge"),
        (scores(perspective="patent"), "expected patient or therapist or observer"),
        (scores(value="high"), "expected a number"),
        (scores(variant="length"), "no judge has a score of a transcript as it is"),
        (scores(framing="own"), "no judge has a score of a transcript as it is"),
        (scores(session_id="elsewhere").unique(["scale", "seed"]), "is a session of this corpus"),
        (pl.concat([scores(), scores()]), "two scores of alliance in one session"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(
    tmp_path: Path, table: pl.DataFrame, words: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_judged([write(tmp_path / "rater_scores.csv", table)], sessions=SESSIONS)
    assert words in str(caught.value)
    assert caught.value.path == tmp_path / "rater_scores.csv"
