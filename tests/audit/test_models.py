"""Which model each chat is of, and which chats are compared with one another."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from attunement.audit import AuditOptions
from attunement.audit._models import Chats
from attunement.errors import UsageError
from attunement.tables import SESSIONS


def sessions(**columns: list[object]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    usual: dict[str, list[object]] = {name: [None] * n for name in SESSIONS.columns}
    filled = usual | {"session_id": [f"c{at}" for at in range(n)]} | columns
    typed = {n: t for n, t in SESSIONS.columns.items() if n in filled}
    return pl.DataFrame(filled, schema_overrides=typed, strict=False)


def chats(table: pl.DataFrame, *, paths: list[Path | None] | None = None, **asked: str) -> Chats:
    return Chats.of(table, paths or [None] * table.height, AuditOptions(**asked))  # type: ignore[arg-type]


def test_a_column_called_model_names_the_models_before_the_condition_does() -> None:
    table = sessions(condition=["x", "y"], model=["new", "old"])
    assert chats(table).models == ("new", "old")
    assert chats(table.drop("model")).models == ("x", "y")
    assert chats(table, by="condition").by == "condition"


def test_without_either_all_chats_are_of_one_model() -> None:
    found = chats(sessions(patient_id=["u", "v"], condition=[None, None]))
    assert (found.models, found.by, found.pair) == (("all chats",), None, None)


def test_a_folder_may_name_the_model() -> None:
    paths: list[Path | None] = [Path("chats/new/a.txt"), Path("chats/old/a.txt")]
    assert chats(sessions(patient_id=["u", "v"]), paths=paths, by="folder").models == ("new", "old")


def test_users_who_met_several_models_pair_their_chats_and_others_do_not() -> None:
    met = sessions(patient_id=["u", "u", "v"], model=["new", "old", "old"])
    apart = sessions(patient_id=["u", "u", "v"], model=["new", "new", "old"])
    assert chats(met).pair == "patient_id"
    assert chats(met).table["pair"].to_list() == ["u", "u", "v"]
    assert chats(apart).pair is None
    assert chats(apart).table["pair"].null_count() == 3


def test_numbers_name_models_and_pairs_too() -> None:
    found = chats(sessions(model=[8, 9], prompt=[1, 1]), pair="prompt")
    assert found.models == ("8", "9")
    assert found.table["pair"].to_list() == ["1", "1"]


def test_chats_without_a_model_are_kept_under_a_name_and_told() -> None:
    found = chats(sessions(model=["new", None, None]))
    assert found.models == ("new", "not named")
    assert found.notes == ('2 chats have nothing in "model"; they stand under "not named".',)


@pytest.mark.parametrize("asked", [AuditOptions(by="release"), AuditOptions(pair="release")])
def test_an_unknown_column_is_refused_with_those_that_are_there(asked: AuditOptions) -> None:
    with pytest.raises(UsageError, match='no column "release"') as refused:
        Chats.of(sessions(model=["new", "old"], prompt=["p", "q"]), [None, None], asked)
    assert "prompt" in refused.value.mend


def test_chats_from_no_file_have_no_folder() -> None:
    with pytest.raises(UsageError, match="no folder names their model"):
        chats(sessions(model=["new"]), by="folder")


def test_more_models_than_can_be_compared_are_refused() -> None:
    with pytest.raises(UsageError, match="names 31 models"):
        chats(sessions(model=[f"m{at}" for at in range(31)]))


@pytest.mark.parametrize(
    "asked", [{"draws": 10}, {"counterfactual_turns": -1}, {"own_range": (7, 1)}]
)
def test_options_that_cannot_be_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        AuditOptions(**asked)  # type: ignore[arg-type]


def test_a_column_that_goes_with_the_model_is_told() -> None:
    sessions = pl.DataFrame(
        {
            "session_id": ["c1", "c2", "c3", "c4"],
            "model": ["a", "a", "b", "b"],
            "therapist_id": ["a", "a", "b", "b"],
            "user_model": ["x", "x", "y", "y"],
            "run": ["1", "2", "1", "2"],
            "language": ["en"] * 4,
            "patient_id": ["u", "v", "u", "v"],
        }
    )
    told = "Chats of each model also differ in `user_model`: differences between models may be its."
    assert Chats.of(sessions, [None] * 4, AuditOptions()).notes == (told,)
    few = sessions.filter(pl.col("session_id") != "c2")
    assert Chats.of(few, [None] * 3, AuditOptions()).notes == ()
