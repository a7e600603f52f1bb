"""The journal holds what it is allowed to, and nothing of what anybody said."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from attunement.errors import DataError
from attunement.web.operations import journal, keep_journal, mark_told
from attunement.web.operations._journal import WITHHELD

MARK = "Quizzaciously"


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_what_may_be_said_is_said(written: io.StringIO) -> None:
    journal.info("job.done", kind="upload", seconds=3.25, count=2)
    (line,) = lines(written)
    assert line.pop("timestamp")
    assert line == {
        "event": "job.done",
        "level": "info",
        "kind": "upload",
        "seconds": 3.25,
        "count": 2,
    }


@pytest.mark.parametrize(
    "value", [f"I feel {MARK}", {"text": MARK}, [f"a {MARK} b"], f"{MARK}\n", f"ü{MARK}", object()]
)
def test_a_sentence_in_an_allowed_field_is_withheld(written: io.StringIO, value: object) -> None:
    journal.info("job.done", kind=value)
    assert MARK not in written.getvalue()
    assert WITHHELD in written.getvalue()


def test_fields_that_are_not_on_the_list_are_withheld_and_counted(written: io.StringIO) -> None:
    journal.info("job.done", text=MARK, patient=MARK, kind="upload")
    assert MARK not in written.getvalue()
    assert lines(written)[0]["withheld"] == 2


def test_an_event_that_is_a_sentence_is_withheld(written: io.StringIO) -> None:
    journal.info(f"patient {MARK} said this")
    journal.info(f"{MARK}: %s", MARK)
    assert MARK not in written.getvalue()
    assert [line["event"] for line in lines(written)] == [WITHHELD, WITHHELD]


def _fail(secret: str) -> None:
    try:
        raise KeyError(secret)
    except KeyError as error:
        raise DataError(f"no such {secret}", mend=secret, path=secret, field=secret) from error


def test_errors_are_told_by_type_and_place_without_their_words(written: io.StringIO) -> None:
    try:
        _fail(MARK)
    except DataError:
        journal.exception("job.failed")
    assert MARK not in written.getvalue()
    (line,) = lines(written)
    assert line["error"] == ["attunement.errors.DataError", "builtins.KeyError"]
    place = line["place"]
    assert isinstance(place, list)
    assert "test_journal:_fail:" in place[-1]


def test_groups_of_errors_and_notes_are_told_without_their_words(written: io.StringIO) -> None:
    inner = ValueError(MARK)
    inner.add_note(MARK)
    journal.error("job.failed", exc_info=ExceptionGroup(MARK, [inner, TypeError(MARK)]))
    assert MARK not in written.getvalue()
    assert lines(written)[0]["error"] == [
        "builtins.ExceptionGroup",
        "builtins.ValueError",
        "builtins.TypeError",
    ]


def test_errors_that_lead_to_each_other_come_to_an_end(written: io.StringIO) -> None:
    first, second = ValueError(MARK), ValueError(MARK)
    first.__cause__, second.__cause__ = second, first
    journal.error("job.failed", exc_info=first)
    assert lines(written)[0]["error"] == ["builtins.ValueError", "builtins.ValueError"]


def test_a_databases_error_does_not_show_its_parameters(written: io.StringIO) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as db:
        db.execute(text("create table t (x text unique)"))
        db.execute(text("insert into t values (:x)"), {"x": MARK})
        with pytest.raises(IntegrityError) as caught:
            db.execute(text("insert into t values (:x)"), {"x": MARK})
    engine.dispose()
    assert MARK in str(caught.value)
    journal.error("job.failed", exc_info=caught.value)
    assert MARK not in written.getvalue()


def test_libraries_are_heard_but_not_quoted(written: io.StringIO) -> None:
    library = logging.getLogger("sqlalchemy.engine.Engine")
    library.error("said %s", MARK)
    library.error(MARK, exc_info=ValueError(MARK), extra={"color_message": MARK})
    library.setLevel(logging.DEBUG)
    library.debug(MARK)
    library.setLevel(logging.NOTSET)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(MARK, UserWarning, stacklevel=1)
    assert MARK not in written.getvalue()
    assert {line["event"] for line in lines(written)} == {"library.spoke"}
    assert [line["logger"] for line in lines(written)][-1] == "py.warnings"
    assert lines(written)[1]["error"] == ["builtins.ValueError"]


def test_handlers_that_were_there_before_are_gone(written: io.StringIO) -> None:
    other = io.StringIO()
    library = logging.getLogger("uvicorn.error")
    library.addHandler(logging.StreamHandler(other))
    library.propagate = False
    keep_journal(as_json=True, stream=written)
    library.error(MARK)
    assert other.getvalue() == ""
    assert lines(written)[0]["logger"] == "uvicorn.error"


def test_an_error_is_told_once_on_its_way_up(written: io.StringIO) -> None:
    error = ValueError(MARK)
    journal.error("request.failed", exc_info=error)
    mark_told(error)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    assert len(lines(written)) == 1


def test_errors_in_threads_and_tasks_are_told_without_their_words(written: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(MARK)

    thread = threading.Thread(target=fail, name=MARK)
    thread.start()
    thread.join()

    async def never_awaited() -> None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": MARK, "exception": ValueError(MARK)}
        )

    asyncio.run(never_awaited())
    assert MARK not in written.getvalue()
    assert [line["event"] for line in lines(written)] == ["thread.fell", "library.spoke"]


def test_for_people_it_is_one_readable_line_without_words() -> None:
    program = (
        "from attunement.web.operations import journal, keep_journal\n"
        "keep_journal(as_json=False)\n"
        "journal.info('job.done', kind='upload', seconds=3.2, text='Quizzaciously')\n"
        "try:\n    int('Quizzaciously')\n"
        "except ValueError:\n    journal.exception('job.failed')\n"
        "raise RuntimeError('Quizzaciously')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert MARK not in ended.stderr
    first, second, third = ended.stderr.splitlines()
    assert "job.done" in first
    assert "kind=upload" in first
    assert "builtins.ValueError" in second
    assert "service.fell" in third
    assert "\x1b" not in ended.stderr


def test_before_it_is_set_up_it_shows_no_words_and_no_local_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        _fail(MARK)
    except DataError:
        journal.exception("job.failed", text=MARK)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "attunement.errors.DataError" in shown.err
    assert MARK not in shown.err


def test_a_log_that_nobody_reads_any_more_stops_nothing(written: io.StringIO) -> None:
    written.close()
    journal.info("job.done")
