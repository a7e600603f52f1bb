"""`attunement check`: what was read, and what is odd, one line each."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from attunement.cli._options import (
    Columns,
    Json,
    Merge,
    Paths,
    PatientNames,
    TherapistNames,
    corpus_of,
)

if TYPE_CHECKING:
    from attunement.transcripts import Corpus, Issue


def check(
    paths: Paths,
    columns: Columns = None,
    patient: PatientNames = None,
    therapist: TherapistNames = None,
    merge: Merge = True,
    as_json: Json = False,
) -> None:
    """Read transcripts; say what was read and what is odd. Exit code 1 if anything is odd."""
    from attunement.transcripts import check as find_issues

    corpus = corpus_of(
        paths=paths, columns=columns, patient=patient, therapist=therapist, merge=merge
    )
    issues = list(find_issues(corpus))
    read = _what_was_read(corpus)
    if as_json:
        found = [{**asdict(issue), "path": _shown(issue)} for issue in issues]
        typer.echo(json.dumps({"read": read, "issues": found}, ensure_ascii=False, indent=2))
    else:
        for issue in issues:
            typer.echo(_line(issue))
        typer.echo(", ".join(f"{count:,} {name}" for name, count in read.items()) + " read")
        typer.echo(f"{len(issues):,} odd" if issues else "nothing odd")
    raise typer.Exit(1 if issues else 0)


def _what_was_read(corpus: Corpus) -> dict[str, int]:
    read = {"sessions": 0, "patient turns": 0, "therapist turns": 0, "other turns": 0, "ratings": 0}
    for session in corpus.sessions(on_problem=lambda _: None):
        read["sessions"] += 1
        read["ratings"] += len(session.ratings)
        for turn in session.turns:
            read[f"{turn.role} turns"] += 1
    return read


def _shown(issue: Issue) -> str | None:
    return str(issue.path) if issue.path is not None else None


def _line(issue: Issue) -> str:
    place = ":".join(str(part) for part in (issue.path, issue.line) if part is not None)
    session = f" [{issue.session_id}]" if issue.session_id is not None else ""
    return f"{place}{session} {issue.issue}: {issue.detail}".strip()
