"""The tables that `gap` reads: what may differ, and what is told of everything that may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from attunement.cli._gap_inputs import GapInputs, read_inputs
from attunement.errors import AttunementError, DataError, UsageError
from attunement.gap import MOST_GROUPS
from attunement.tables import MEASURES, RATINGS

HEADER = "session_id,turn,role,time,estimator,task,bond,goal,alliance"
SCORES = f"""{HEADER}
a,0,therapist,0,contrast,0.5,0.25,-1,0.1
a,1,patient,1,contrast,0.5,0.25,-1,0.1
b,0,patient,0,contrast,1,2,3,4
b,1,therapist,1,contrast,1,2,3,4
"""
SESSIONS = """session_id,condition,patient_id,therapist_id,setting,outcome
a,anxiety,P1,T1,voice,3
b,depression,P2,T1,chat,"4,5"
"""
RATINGS_CSV = """session_id,rater,instrument,scale,value
a,patient,WAI-SR,bond,3
a,therapist,WAI-SR,bond,"4,5"
b,patient,WAI-SR,bond,2
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def put(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return put


Write = Callable[[str, str], Path]


def test_scores_take_the_sessions_and_ratings_that_lie_beside_them(write: Write) -> None:
    scores = write("scores.csv", SCORES)
    write("sessions.csv", SESSIONS)
    write("ratings.csv", RATINGS_CSV)
    read = read_inputs(scores, by="setting", outcome="outcome")
    assert read.estimator == "contrast"
    assert read.scores is not None
    assert read.scores.select("session_id", "turn", "role").rows() == [
        ("a", 0, "therapist"),
        ("a", 1, "patient"),
        ("b", 0, "patient"),
        ("b", 1, "therapist"),
    ]
    assert read.sessions.select("session_id", "patient_id", "setting", "outcome").rows() == [
        ("a", "P1", "voice", 3.0),
        ("b", "P2", "chat", 4.5),
    ]
    assert read.ratings.schema == RATINGS.schema
    assert read.ratings["value"].to_list() == [3, 4.5, 2]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_table_is_the_same_in_every_format(write: Write, tmp_path: Path, suffix: str) -> None:
    tables = {"scores": SCORES, "sessions": SESSIONS, "ratings": RATINGS_CSV}
    paths = {name: write(f"{name}.csv", content) for name, content in tables.items()}
    expected = read_inputs(
        paths["scores"], sessions=paths["sessions"], ratings=paths["ratings"], outcome="outcome"
    )
    for name, path in paths.items():
        frame = pl.read_csv(path, schema_overrides={"outcome": pl.String, "value": pl.String})
        frame = frame.with_columns(
            pl.col(column).str.replace(",", ".").cast(pl.Float64)
            for column in ("outcome", "value")
            if column in frame.columns
        )
        paths[name] = tmp_path / f"{name}_.{suffix}"
        if suffix == "csv":
            frame.write_csv(paths[name], separator=";")
        elif suffix == "parquet":
            frame.write_parquet(paths[name])
        else:
            frame.write_ndjson(paths[name])
    read = read_inputs(
        paths["scores"], sessions=paths["sessions"], ratings=paths["ratings"], outcome="outcome"
    )
    for one, other in (
        (read.scores, expected.scores),
        (read.sessions, expected.sessions),
        (read.ratings, expected.ratings),
    ):
        assert one is not None
        assert other is not None
        assert one.equals(other)


def test_the_columns_the_controls_need_are_read_where_they_are(write: Write) -> None:
    more = ["words", *(f"{m}_{kind}" for m in MEASURES for kind in ("swapped", "offset"))]
    lines = SCORES.splitlines()
    body = [f"{line},{','.join(['7'] * len(more))}" for line in lines[1:]]
    path = write("scores.csv", "\n".join([",".join([lines[0], *more]), *body]))
    scores = read_inputs(path).scores
    assert scores is not None
    assert scores["words"].dtype == pl.Int32
    assert set(more) <= set(scores.columns)


def test_a_column_of_the_controls_without_any_value_counts_as_absent(write: Write) -> None:
    lines = SCORES.splitlines()
    path = write("scores.csv", "\n".join([lines[0] + ",words", *(f"{x}," for x in lines[1:])]))
    scores = read_inputs(path).scores
    assert scores is not None
    assert "words" not in scores.columns


def test_scores_alone_make_sessions_without_a_condition(write: Write) -> None:
    sessions = read_inputs(write("scores.csv", SCORES)).sessions
    assert sessions.rows(named=True) == [
        {"session_id": name, "patient_id": None, "therapist_id": None, "condition": None}
        for name in ("a", "b")
    ]


def test_ratings_alone_describe_their_sessions(write: Write) -> None:
    path = write(
        "ratings.csv",
        "session_id,rater,scale,value,client,diagnosis,site,gain\n"
        "a,client,total,30,P1,,north,1\na,counselor,total,33,,anxiety,north,\n"
        "b,patient,total,20,P2,depression,,2\nb,observer,total,1,,,,\nb,observer,total,2,,,,\n",
    )
    read = read_inputs(None, ratings=path, by="site", outcome="gain")
    assert read.scores is None
    assert read.sessions.rows(named=True) == [
        {
            "session_id": "a",
            "patient_id": "P1",
            "condition": "anxiety",
            "site": "north",
            "gain": 1.0,
            "therapist_id": None,
        },
        {
            "session_id": "b",
            "patient_id": "P2",
            "condition": "depression",
            "site": None,
            "gain": 2.0,
            "therapist_id": None,
        },
    ]
    assert read.ratings["rater"].to_list() == [
        "patient",
        "therapist",
        "patient",
        "observer",
        "observer",
    ]
    assert read.ratings["instrument"].unique().to_list() == ["questionnaire"]


def test_ratings_of_turns_are_left_out_and_rows_without_a_value_counted(write: Write) -> None:
    path = write(
        "ratings.csv",
        "session_id,turn,rater,scale,value\na,3,patient,bond,1\na,,patient,bond,2\n"
        "a,,patient,task,\nb,4,patient,task,\n",
    )
    read = read_inputs(None, ratings=path)
    assert read.ratings.select("turn", "scale", "value").rows() == [(None, "bond", 2.0)]
    assert read.notes == ["left empty in ratings.csv: 1 value (a)"]


def test_what_the_ratings_say_of_a_session_fills_what_its_table_leaves_open(write: Write) -> None:
    ratings = write(
        "r.csv", "session_id,rater,scale,value,patient_id,site\na,patient,bond,1,P1,north\n"
    )
    sessions = write("s.csv", "session_id,patient_id,therapist_id\na,,T1\nb,P2,T1\n")
    read = read_inputs(None, ratings=ratings, sessions=sessions, by="site")
    assert read.sessions.select("session_id", "patient_id", "therapist_id", "site").rows() == [
        ("a", "P1", "T1", "north"),
        ("b", "P2", "T1", None),
    ]


def test_numbers_for_ids_are_the_ids_they_look_like(write: Write, tmp_path: Path) -> None:
    frame = pl.read_csv(write("scores.csv", SCORES)).with_columns(
        session_id=pl.col("session_id").replace_strict({"a": 1, "b": 2}, return_dtype=pl.Int64)
    )
    path = tmp_path / "scores.parquet"
    frame.write_parquet(path)
    for ids in ("1,anxiety\n2,depression\n", "2,depression\n1,anxiety\n3,other\n"):
        sessions = write("s.csv", "session_id,condition\n" + ids)
        read = read_inputs(path, sessions=sessions)
        assert read.scores is not None
        assert read.scores["session_id"].unique().sort().to_list() == ["1", "2"]
        assert read.sessions.filter(session_id="1")["condition"].to_list() == ["anxiety"]


def test_the_folder_of_an_analysis_without_ratings_is_read(write: Write, tmp_path: Path) -> None:
    pl.read_csv(write("s.csv", SCORES)).write_parquet(tmp_path / "scores.parquet")
    write("sessions.csv", SESSIONS)
    write("ratings.csv", ",".join(RATINGS.columns) + "\n")
    read = read_inputs(tmp_path)
    assert read.ratings.is_empty()
    assert read.sessions["condition"].to_list() == ["anxiety", "depression"]


def test_one_estimator_is_chosen_among_several(write: Write) -> None:
    both = SCORES + SCORES.replace("contrast", "compass").removeprefix(HEADER + "\n")
    read = read_inputs(write("scores.csv", both), estimator="compass")
    assert read.scores is not None
    assert read.scores["estimator"].unique().to_list() == ["compass"]


def test_scores_that_name_no_estimator_are_taken(write: Write) -> None:
    frame = pl.read_csv(write("s.csv", SCORES)).drop("estimator")
    read = read_inputs(write("scores.csv", frame.write_csv()))
    assert read.estimator is None
    assert read.scores is not None
    assert "estimator" not in read.scores.columns


def replaced(table: str, old: str, new: str) -> str:
    assert old in table
    return table.replace(old, new, 1)


def scores_of(content: str) -> Callable[[Write], GapInputs]:
    return lambda write: read_inputs(write("scores.csv", content))


def sessions_of(content: str, by: str = "condition") -> Callable[[Write], GapInputs]:
    return lambda write: read_inputs(
        write("scores.csv", SCORES), sessions=write("s.csv", content), by=by
    )


def ratings_of(content: str) -> Callable[[Write], GapInputs]:
    return lambda write: read_inputs(None, ratings=write("ratings.csv", content))


Case = tuple[Callable[[Write], GapInputs], type[AttunementError], tuple[str, ...]]

_ROW = "a,1,patient,1,contrast,0.5,0.25,-1,0.1"

CASES: dict[str, Case] = {
    "nothing": (lambda write: read_inputs(None), UsageError, ("SCORES", "--ratings")),
    "no such scores": (
        lambda write: read_inputs(Path("nowhere.csv")),
        UsageError,
        ("nowhere.csv", "no such file"),
    ),
    "no such folder": (lambda write: read_inputs(Path("nowhere")), UsageError, ("nowhere",)),
    "a folder without scores": (
        lambda write: read_inputs(write("x.csv", "a").parent),
        UsageError,
        ("scores.parquet", "analyze"),
    ),
    "an unknown suffix": (
        lambda write: read_inputs(write("scores.xlsx", SCORES)),
        UsageError,
        ("scores.xlsx", ".parquet, .csv, .jsonl"),
    ),
    "an empty file": (scores_of(""), DataError, ("scores.csv", "empty")),
    "a header alone": (scores_of(HEADER + "\n"), DataError, ("scores.csv", "no rows")),
    "no Parquet": (
        lambda write: read_inputs(write("scores.parquet", SCORES)),
        DataError,
        ("scores.parquet", "not a Parquet file"),
    ),
    "no JSON": (
        lambda write: read_inputs(write("scores.jsonl", '{"session_id": "a"}\nhm\n')),
        DataError,
        ("scores.jsonl, line 2", "JSON object"),
    ),
    "a quotation mark that is never closed": (
        scores_of(SCORES + 'b,"2'),
        DataError,
        ("scores.csv, line 6", "quotation"),
    ),
    "two columns of one name": (
        scores_of(replaced(SCORES, "bond", "task")),
        DataError,
        ("scores.csv, line 1, task",),
    ),
    "no column of a measure": (
        scores_of(replaced(SCORES, "goal", "aim")),
        DataError,
        ("scores.csv, goal", '"aim"', "attunement score"),
    ),
    "a score that is no number": (
        scores_of(replaced(SCORES, _ROW, "a,1,patient,1,contrast,0.5,high,-1,0.1")),
        DataError,
        ("scores.csv, line 3, bond", "expected a number"),
    ),
    "a score that is not finite": (
        scores_of(replaced(SCORES, _ROW, "a,1,patient,1,contrast,0.5,0.25,NaN,0.1")),
        DataError,
        ("scores.csv, line 3, goal", "number"),
    ),
    "an infinite score": (
        scores_of(replaced(SCORES, _ROW, "a,1,patient,1,contrast,-inf,0.25,1,0.1")),
        DataError,
        ("scores.csv, line 3, task", "number"),
    ),
    "a role of neither side": (
        scores_of(replaced(SCORES, "patient", "mother")),
        DataError,
        ("scores.csv, line 3, role", "patient or therapist"),
    ),
    "a turn that is no whole number": (
        scores_of(replaced(SCORES, _ROW, "a,1.5,patient,1,contrast,0.5,0.25,-1,0.1")),
        DataError,
        ("scores.csv, line 3, turn", "whole number"),
    ),
    "a time in seconds": (
        scores_of(replaced(SCORES, _ROW, "a,1,patient,80,contrast,0.5,0.25,-1,0.1")),
        DataError,
        ("scores.csv, line 3, time", "0 to 1"),
    ),
    "a score without a session": (
        scores_of(replaced(SCORES, _ROW, ",1,patient,1,contrast,0.5,0.25,-1,0.1")),
        DataError,
        ("scores.csv, line 3, session_id", "empty"),
    ),
    "a turn twice": (
        scores_of(SCORES + _ROW),
        DataError,
        ("scores.csv, line 6, session_id, turn, estimator", "line 3", "Keep one"),
    ),
    "several estimators": (
        scores_of(SCORES + "b,2,patient,1,compass,1,1,1,1"),
        UsageError,
        ('"contrast", "compass"', "--estimator"),
    ),
    "an estimator that is not there": (
        lambda write: read_inputs(write("scores.csv", SCORES), estimator="fitted"),
        UsageError,
        ('"fitted"', '"contrast"', "--estimator"),
    ),
    "an estimator where none is named": (
        lambda write: read_inputs(
            write("scores.csv", pl.read_csv(SCORES.encode()).drop("estimator").write_csv()),
            estimator="contrast",
        ),
        UsageError,
        ("--estimator", "Leave"),
    ),
    "sessions without an id": (
        sessions_of(replaced(SESSIONS, "session_id", "nr")),
        DataError,
        ("s.csv, session_id", '"nr"'),
    ),
    "a session that is not described": (
        sessions_of("session_id,condition\nb,depression\n"),
        DataError,
        ("s.csv, session_id", '"a"', "--sessions"),
    ),
    "several sessions that are not described": (
        sessions_of("session_id,condition\nz,depression\n"),
        DataError,
        ('"a"', "and 1 more"),
    ),
    "a session described twice": (
        sessions_of(SESSIONS + "a,anxiety,P1,T1,voice,3\n"),
        DataError,
        ("s.csv, line 4, session_id", "line 2"),
    ),
    "a --by column that is not there": (
        sessions_of(SESSIONS, by="diagnosis"),
        UsageError,
        ("s.csv, --by", '"diagnosis"', '"setting"', '"condition"'),
    ),
    "a --by column with a value of its own for every session": (
        lambda write: read_inputs(
            write("scores.csv", SCORES),
            sessions=write(
                "s.csv", SESSIONS + "".join(f"s{n},c{n},,,,\n" for n in range(MOST_GROUPS))
            ),
        ),
        UsageError,
        ("--by", '"condition"', f"{MOST_GROUPS + 2} different values"),
    ),
    "an outcome that is not there": (
        lambda write: read_inputs(
            None, ratings=write("ratings.csv", RATINGS_CSV), outcome="symptoms"
        ),
        DataError,
        ("ratings.csv, symptoms", "--outcome"),
    ),
    "an outcome that is no number": (
        lambda write: read_inputs(
            write("scores.csv", SCORES), sessions=write("s.csv", SESSIONS), outcome="setting"
        ),
        DataError,
        ("s.csv, line 2, setting", "expected a number"),
    ),
    "ratings without a value column": (
        ratings_of(replaced(RATINGS_CSV, "value", "amount")),
        DataError,
        ("ratings.csv, value", "no column value"),
    ),
    "a rating that is no number": (
        ratings_of(replaced(RATINGS_CSV, "bond,3", "bond,often")),
        DataError,
        ("ratings.csv, line 2, value", "expected a number"),
    ),
    "a rating that is not finite": (
        ratings_of(replaced(RATINGS_CSV, "bond,3", "bond,nan")),
        DataError,
        ("ratings.csv, line 2, value", "number"),
    ),
    "a rater nobody knows": (
        ratings_of(replaced(RATINGS_CSV, "a,patient", "a,mother")),
        DataError,
        ("ratings.csv, line 2, rater", "patient, therapist or observer"),
    ),
    "a scale without a name": (
        ratings_of(replaced(RATINGS_CSV, "bond,3", ",3")),
        DataError,
        ("ratings.csv, line 2, scale", "empty"),
    ),
    "the same rating twice": (
        ratings_of(RATINGS_CSV + "a,client,WAI-SR,bond,3\n"),
        DataError,
        ("ratings.csv, line 5", "line 2", "Keep one"),
    ),
    "no rating with a value": (
        ratings_of("session_id,rater,scale,value\na,patient,bond,\n"),
        DataError,
        ("ratings.csv, value", "no row"),
    ),
    "a session of two patients": (
        ratings_of(
            "session_id,rater,scale,value,patient_id\na,patient,bond,1,P1\na,therapist,bond,1,P2\n"
        ),
        DataError,
        ("ratings.csv, line 3, patient_id", '"a"', "earlier line"),
    ),
    "ratings that contradict the sessions": (
        lambda write: read_inputs(
            None,
            ratings=write("r.csv", "session_id,rater,scale,value,condition\nb,patient,x,1,grief\n"),
            sessions=write("s.csv", SESSIONS),
        ),
        DataError,
        ("s.csv, line 3, condition", '"b"', "r.csv (line 2)"),
    ),
    "ratings of a session that is not described": (
        lambda write: read_inputs(
            None,
            ratings=write("r.csv", RATINGS_CSV + "z,patient,x,y,1\n"),
            sessions=write("s.csv", SESSIONS),
        ),
        DataError,
        ("s.csv, session_id", '"z"', "ratings"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_everything_wrong_is_told_with_its_place_and_its_mend(write: Write, case: str) -> None:
    read, kind, told = CASES[case]
    with pytest.raises(kind) as raised:
        read(write)
    for words in told:
        assert words in str(raised.value)
