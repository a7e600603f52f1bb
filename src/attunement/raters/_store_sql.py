"""The file that verdicts are kept in: its layout, and what is asked of it."""

# ruff: noqa: S608 - only names of our own columns are put into statements; values are bound.

from __future__ import annotations

from attunement.raters._verdict import KEY
from attunement.tables import VERDICTS

LAYOUT = 1
"""The layout of the file, raised when it changes."""

OURS = 0x41545652
"""SQLite's mark of whose file it is: "ATVR"."""

_KEY = ", ".join(f'"{name}"' for name in KEY)
_SAME = " AND ".join(f'"{name}" = ?' for name in KEY)
KEPT = [name for name in VERDICTS.columns if name not in KEY]
_SUMMED = ("attempts", "prompt_tokens", "completion_tokens", "seconds")

SCHEMA = f"""
BEGIN;
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    "window" INTEGER NOT NULL,
    item TEXT NOT NULL,
    perspective TEXT NOT NULL,
    framing TEXT NOT NULL,
    variant TEXT NOT NULL,
    prompt TEXT NOT NULL,
    judge TEXT NOT NULL,
    seed INTEGER NOT NULL,
    time INTEGER NOT NULL,
    final INTEGER NOT NULL CHECK (final IN (0, 1)),
    first_turn INTEGER NOT NULL,
    last_turn INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    scale TEXT NOT NULL,
    "key" INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('scored', 'unscored')),
    reason TEXT,
    score REAL,
    quotes TEXT NOT NULL,
    quote_turns TEXT NOT NULL,
    speaks_to_judge INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds REAL NOT NULL,
    answer TEXT,
    UNIQUE ({_KEY}, time),
    CHECK ((status = 'scored') = (score IS NOT NULL AND reason IS NULL))
);
CREATE UNIQUE INDEX one_final_verdict ON verdicts ({_KEY}) WHERE final;
CREATE TRIGGER verdicts_are_not_changed BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are never changed'); END;
CREATE TRIGGER verdicts_are_not_deleted BEFORE DELETE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are never deleted'); END;
PRAGMA application_id = {OURS};
PRAGMA user_version = {LAYOUT};
COMMIT;
"""
"""`time` counts how often a question was put in all, from 1; `answer` is the model's own text."""

_VALUES = ", ".join("?" * (len(KEY) + 3 + len(KEPT)))
INSERT = (
    f"INSERT INTO verdicts ({_KEY}, time, final, answer, "
    + ", ".join(f'"{name}"' for name in KEPT)
    + f") VALUES ({_VALUES})"
)
TIMES = f"SELECT COUNT(*) FROM verdicts WHERE {_SAME}"
FINAL = f"SELECT id FROM verdicts WHERE {_SAME} AND final"

_SAME_AS_V = " AND ".join(f'earlier."{name}" = v."{name}"' for name in KEY)


def _selected(name: str) -> str:
    if name not in _SUMMED:
        return f'v."{name}"'
    return (
        f"(SELECT SUM(earlier.{name}) FROM verdicts AS earlier "
        f"WHERE {_SAME_AS_V} AND earlier.id <= v.id)"
    )


SELECT = (
    "SELECT "
    + ", ".join(map(_selected, VERDICTS.columns))
    + " FROM wanted JOIN verdicts AS v ON v.id = wanted.id ORDER BY wanted.place"
)
USED = """
SELECT judge, SUM(attempts > 0), SUM(attempts), COALESCE(SUM(prompt_tokens), 0),
    COALESCE(SUM(completion_tokens), 0), SUM(seconds)
FROM verdicts WHERE id > ? GROUP BY judge ORDER BY MIN(id)
"""
LAST = "SELECT COALESCE(MAX(id), 0) FROM verdicts"
