"""`attunement gap`: from a table on disk to statistics, controls and a report on disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.conftest import Run

from attunement.cli import _analysis, main
from attunement.files import MANIFEST
from attunement.gap import MOST_GROUPS
from attunement.sample import sample_folder
from attunement.tables import MEASURES, ROLES, SCORES, TABLES

FEWEST = ("--draws", "199")
"""As few draws as are allowed: what is tested here is not the statistics."""

BY_NAME = {table.name: table for table in TABLES}


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Done]


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Run `attunement` in this process, where every warning is an error, from the test's folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["attunement", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        told = capsys.readouterr()
        return Done(int(stopped.value.code or 0), told.out, told.err)

    return call


def write_scores(folder: Path, *, sessions: int = 6, estimator: str = "contrast") -> Path:
    """Invent scores of so many sessions of twelve turns, and write them as `score` would."""
    rng = np.random.default_rng(3)
    n_turns = 12
    rows = [
        {
            "session_id": f"s{session}",
            "turn": turn,
            "role": ROLES[turn % 2],
            "time": turn / (n_turns - 1),
            "estimator": estimator,
            "words": int(rng.integers(1, 40)),
            **{
                f"{measure}{kind}": float(rng.normal())
                for measure in MEASURES
                for kind in ("", "_raw", "_swapped")
            },
            **{f"{measure}_offset": 0.0 for measure in MEASURES},
        }
        for session in range(sessions)
        for turn in range(n_turns)
    ]
    schema = {name: kind for name, kind in SCORES.columns.items() if name != "items"}
    path = folder / "scores.parquet"
    pl.DataFrame(rows).select(pl.col(n).cast(kind) for n, kind in schema.items()).write_parquet(
        path
    )
    return path


def write_sessions(folder: Path, conditions: list[str]) -> Path:
    path = folder / "sessions.csv"
    lines = [
        f"s{session},P{session // 2},T{session % 2},{condition},{session}"
        for session, condition in enumerate(conditions)
    ]
    path.write_text("\n".join(["session_id,patient_id,therapist_id,condition,gain", *lines]))
    return path


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.*")}


def check_tables(folder: Path) -> None:
    """See that every table keeps its schema, and holds no number that is none."""
    for path in [*folder.glob("*.csv"), *folder.glob("*.parquet")]:
        table = BY_NAME[path.stem]
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, schema_overrides=table.schema)
        assert frame.schema == table.schema, path.name
        assert frame.height
        for column in frame.select(pl.col(pl.Float64)).get_columns():
            assert column.drop_nulls().is_finite().all(), (path.name, column.name)


def test_the_sample_gives_every_table_figure_and_page(run: Run, tmp_path: Path) -> None:
    with sample_folder() as folder:
        scored = run("score", folder, "-o", tmp_path / "scores.parquet")
        assert scored.returncode == 0, scored.stderr
        for name in ("sessions.csv", "ratings.csv"):
            (tmp_path / name).write_bytes((folder / name).read_bytes())
    out = tmp_path / "gap"
    done = run("gap", tmp_path, "-o", out, *FEWEST, "--as-published", "--json")
    assert done.returncode == 0, done.stderr
    tables = {
        "gap_bins.csv",
        "gap_sessions.csv",
        "gap_dyads.csv",
        "gap_conditions.csv",
        "gap_pairs.parquet",
        "trajectories.csv",
        "effects.csv",
        "controls.csv",
        "rated_pairs.csv",
        "as_published.csv",
    }
    assert written(out) >= tables | {"report.html", "methods.txt", "figures/forest.svg"}
    told = json.loads(done.stdout)
    assert told["sessions"] == 20
    assert told["source"] == "scores of turns (contrast) and questionnaires (WAI-SR)"
    assert {str(Path(path).relative_to(out)) for path in told["written"]} == written(out) - {
        MANIFEST
    }
    check_tables(out)
    effects = pl.read_csv(out / "effects.csv")
    of_words = effects.filter(pl.col("instrument").is_null())
    assert of_words["quantity"].unique().to_list() == ["role difference"]
    # Key offset, length and form are columns of the scores: no control is left for want of them.
    assert "not run" not in " ".join(of_words["controls"].drop_nulls())
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "role difference" in page


def test_ratings_alone_are_enough(here: Here, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [
        f"s{session},{rater},WAI-SR,bond,{rng.integers(4, 20)},P{session},{condition}"
        for session, condition in enumerate(["anxiety", "depression"] * 8)
        for rater in ROLES
    ]
    header = "session_id,rater,instrument,scale,value,patient_id,condition"
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join([header, *rows]))
    out = tmp_path / "out"
    done = here("gap", "--ratings", path, "-o", out, *FEWEST, "--reliability", "0.9")
    assert done.returncode == 0, done.stderr
    assert {"effects.csv", "rated_pairs.csv", "report.html"} <= written(out)
    assert not written(out) & {"gap_sessions.csv", "gap_pairs.parquet", "trajectories.csv"}
    check_tables(out)
    effects = pl.read_csv(out / "effects.csv")
    assert {"difference", "between", "congruence"} <= set(effects["family"])
    assert effects.filter(pl.col("family") == "difference")["quantity"].unique().to_list() == [
        "gap"
    ]


def test_ratings_of_one_side_give_a_reason_and_no_failure(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("session_id,rater,scale,value\na,patient,total,30\nb,patient,total,20\n")
    done = here("gap", "--ratings", path, "-o", tmp_path / "out", *FEWEST)
    assert done.returncode == 0, done.stderr
    assert "a questionnaire\n" in done.stdout
    effects = pl.read_csv(tmp_path / "out" / "effects.csv")
    assert "only the patient rated" in effects["reason"][0]


@pytest.mark.parametrize(
    "conditions",
    [["grief"] * 6, ["grief"] * 5 + ["panic"], [""] * 6, [f"c{n}" for n in range(6)]],
    ids=["one condition", "one session in a condition", "none", "one session a condition"],
)
def test_however_few_sessions_a_condition_has_there_is_a_result(
    here: Here, tmp_path: Path, conditions: list[str]
) -> None:
    scores = write_scores(tmp_path)
    write_sessions(tmp_path, conditions)
    done = here("gap", scores, "-o", tmp_path / "out", *FEWEST)
    assert done.returncode == 0, done.stderr
    check_tables(tmp_path / "out")


def test_one_session_is_a_result_with_reasons(here: Here, tmp_path: Path) -> None:
    done = here("gap", write_scores(tmp_path, sessions=1), "-o", tmp_path / "out", *FEWEST)
    assert done.returncode == 0, done.stderr
    effects = pl.read_csv(tmp_path / "out" / "effects.csv", infer_schema_length=None)
    assert effects.filter(pl.col("ci_low").is_null())["reason"].is_not_null().all()


def test_the_same_seed_gives_the_same_tables(here: Here, tmp_path: Path) -> None:
    scores = write_scores(tmp_path, sessions=4)
    write_sessions(tmp_path, ["grief", "panic"] * 2)
    for name, seed in (("one", 7), ("again", 7)):
        done = here("gap", scores, "-o", tmp_path / name, *FEWEST, "--seed", str(seed))
        assert done.returncode == 0, done.stderr
    for name in ("effects.csv", "controls.csv", "trajectories.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_groups_are_those_of_the_column_chosen(here: Here, tmp_path: Path) -> None:
    scores = write_scores(tmp_path)
    write_sessions(tmp_path, ["grief"] * 6)
    done = here("gap", scores, "-o", tmp_path / "out", *FEWEST, "--by", "therapist_id")
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(tmp_path / "out" / "gap_sessions.csv")
    assert table["condition"].to_list() == table["therapist_id"].to_list()
    effects = pl.read_csv(tmp_path / "out" / "effects.csv", infer_schema_length=None)
    assert {"T0", "T1"} <= set(effects["group"])


def test_an_estimator_we_do_not_know_is_never_taken_to_share_a_scale(
    here: Here, tmp_path: Path
) -> None:
    scores = write_scores(tmp_path, estimator="of mine")
    done = here("gap", scores, "-o", tmp_path / "out", *FEWEST, "--json")
    assert done.returncode == 0, done.stderr
    assert any('"of mine"' in note for note in json.loads(done.stdout)["notes"])
    effects = pl.read_csv(tmp_path / "out" / "effects.csv", infer_schema_length=None)
    assert effects["quantity"].unique().to_list() == ["role difference"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "of mine" in page


WRONG_USE: dict[str, tuple[list[str], str]] = {
    "nothing given": ([], "--ratings"),
    "too few draws": (["scores.parquet", "--draws", "10"], "--draws"),
    "no reliability": (["scores.parquet", "--reliability", "1"], "--reliability"),
    "a reliability without ratings": (["scores.parquet", "--reliability", "0.8"], "--reliability"),
    "an outcome without ratings": (["scores.parquet", "--outcome", "gain"], "--outcome"),
    "an outcome that names the groups": (["scores.parquet", "--outcome", "condition"], "groups"),
    "an estimator without scores": (
        ["--ratings", "ratings.csv", "--estimator", "contrast"],
        "--estimator",
    ),
    "the published analysis without scores": (
        ["--ratings", "ratings.csv", "--as-published"],
        "--as-published",
    ),
    "a column that is not there": (["scores.parquet", "--by", "mood"], "therapist_id"),
    "a file that is not there": (["nowhere.parquet"], "nowhere.parquet"),
}


@pytest.mark.parametrize("case", WRONG_USE)
def test_wrong_use_is_told_in_one_line_and_leaves_what_stood(
    here: Here, tmp_path: Path, case: str
) -> None:
    arguments, told = WRONG_USE[case]
    write_scores(tmp_path)
    (tmp_path / "ratings.csv").unlink(missing_ok=True)
    write_sessions(tmp_path, ["1", "2"] * 3)
    if "ratings.csv" in arguments:
        (tmp_path / "ratings.csv").write_text(
            "session_id,rater,scale,value\ns1,patient,bond,3\ns1,therapist,bond,4\n"
        )
    out = tmp_path / "out"
    out.mkdir()
    (out / "effects.csv").write_text("what stood before")
    done = here("gap", *arguments, "-o", out)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir()] == ["effects.csv"]
    assert (out / "effects.csv").read_text() == "what stood before"


def test_bad_data_exits_with_one(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("session_id,rater,scale,value\na,patient,bond,often\n")
    done = here("gap", "--ratings", path, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "ratings.csv, line 2, value" in done.stderr
    assert not (tmp_path / "out").exists()


def test_more_conditions_than_can_be_compared_do_not_stop_an_analysis() -> None:
    names = [f"c{n}" for n in range(MOST_GROUPS + 1)]
    sessions = pl.DataFrame({"session_id": names, "condition": names})
    grouped = _analysis._Grouped.of(sessions)
    assert grouped.sessions["condition"].null_count() == len(names)
    assert f"{MOST_GROUPS + 1} conditions" in grouped.notes[0]
    assert _analysis._Grouped.of(sessions[1:]).notes == ()
