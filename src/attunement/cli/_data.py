"""`attunement data`: the service's data, from the machine it runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement.cli._data_storage import Data, open_storage, settings_of, storage
from attunement.cli._options import Json
from attunement.cli._result import print_result
from attunement.cli._web import needs_web
from attunement.errors import UsageError

app = typer.Typer(
    help="Keep, copy, hand out and erase what the service has stored.", no_args_is_help=True
)

Organisation = Annotated[
    str | None,
    typer.Option(
        "--organisation",
        metavar="NAME",
        help="Whose; may be left out where there is only one.",
    ),
]
PatientId = Annotated[
    str, typer.Argument(metavar="PATIENT", help="The id that the patient's page shows.")
]


@app.command("new-key")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist.")],
) -> None:
    """Make a master key in a file that only you can read."""
    with needs_web():
        from attunement.web.storage import write_new_key

    if file.exists():
        raise UsageError(
            "this file exists, and may be a key that is needed", mend="Name another", path=file
        )
    write_new_key(file)
    typer.echo(f"A new master key is in {file}. Keep a copy of it apart from the backups.")


@app.command("backup")
def backup(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The file to write.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Copy everything into one file, sealed as it is, while the service runs."""
    with storage(data) as (database, vault):
        from attunement.web.storage import back_up

        manifest = back_up(database, vault, out)
    print_result(
        {
            "backup": str(out),
            "sessions": manifest.tables["sessions"].rows,
            "rows": manifest.rows,
            "master key": manifest.key_id,
        },
        as_json=as_json,
    )


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose what the database holds now.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put a backup back; who was erased since stays erased. Stop the service first."""
    with needs_web():
        from attunement.web._service import master_key, open_database
        from attunement.web.storage import restore as put_back

    settings = settings_of(data)
    database = open_database(settings)
    try:
        restored = put_back(database, master_key(settings), file, replace=replace)
    finally:
        database.close()
    print_result(
        {
            "made at": restored.manifest.made_at,
            "rows": restored.manifest.rows,
            "patients left out, erased since": restored.patients_left_out,
            "sessions left out, erased since": restored.sessions_left_out,
        },
        as_json=as_json,
    )


@app.command("export")
def export(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="The zip to write; it is open text.")
    ],
    organisation: Organisation = None,
    data: Data = None,
) -> None:
    """Hand out everything of an organisation: transcripts, ratings, scores, alarms, audit."""
    with storage(data) as (database, vault):
        from attunement.web.storage import export_to, organisation_named

        whose = organisation_named(database, organisation)
        export_to(out, database, vault, organisation_id=whose.id)
    typer.echo(f"Everything of {whose.name} is in {out}, as open text: keep it safe.")


@app.command("retention")
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be erased.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Erase sessions that are older than their organisation keeps."""
    with storage(data) as (database, vault):
        from attunement.web.storage import apply_retention, now, outdated

        at = now()
        found = outdated(database, at=at) if dry_run else apply_retention(database, vault, at=at)
    print_result(
        {
            "would be erased" if dry_run else "erased": [
                f"{one.organisation}: {len(one.session_ids)} sessions older than "
                f"{one.retention_days} days, {len(one.patient_ids)} patients whole"
                for one in found
            ]
            or ["nothing"],
            "sessions": sum(len(one.session_ids) for one in found),
            "patients": sum(len(one.patient_ids) for one in found),
        },
        as_json=as_json,
    )


@app.command("erase")
def erase(
    patient: PatientId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Forget a patient: every session, every word, and the key. It cannot be undone."""
    with storage(data) as (database, vault):
        from attunement.web.storage import forget_patient, organisation_of_patient

        whose = organisation_of_patient(database, patient)
        if whose is not None and not yes:
            typer.confirm(f"Erase the patient {patient} for good?", abort=True, err=True)
        receipt = forget_patient(database, vault, organisation_id=whose or "", patient_id=patient)
    print_result({"erasure": receipt.erasure_id, **receipt.rows}, as_json=as_json)


@app.command("verify-erasure")
def verify_erasure(patient: PatientId, data: Data = None, as_json: Json = False) -> None:
    """Prove that a patient was forgotten. Exit code 1 if anything is left."""
    with storage(data) as (database, vault):
        from attunement.web.storage import organisation_of_patient
        from attunement.web.storage import verify_erasure as verified

        whose = organisation_of_patient(database, patient)
        checks = verified(database, vault, organisation_id=whose or "", patient_id=patient)
    words = {True: "yes", False: "NO", None: "not seen from here"}
    print_result(
        {check.what: f"{words[check.holds]}: {check.detail}" for check in checks}, as_json=as_json
    )
    raise typer.Exit(1 if any(check.holds is False for check in checks) else 0)


@app.command("verify-audit")
def verify_audit(
    organisation: Organisation = None, data: Data = None, as_json: Json = False
) -> None:
    """Prove that no entry of the audit was changed, taken out or put in."""
    with storage(data) as (database, vault):
        from attunement.web.storage import organisation_named, verify_chain

        whose = organisation_named(database, organisation)
        with database.of(whose.id) as db:
            entries = verify_chain(db, vault, organisation_id=whose.id)
    print_result({"organisation": whose.name, "entries that hold": entries}, as_json=as_json)


@app.command("rotate-key")
def rotate_key(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where the new master key is, or goes; the old one's place if left out.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Change the master key. Stop the service first; nothing is sealed anew."""
    with needs_web():
        from attunement.web._service import key_file
        from attunement.web.storage import (
            Vault,
            exchange_key_file,
            load_key,
            write_new_key,
        )
        from attunement.web.storage import rotate_key as rotated

    settings = settings_of(data)
    old_file = key_file(settings)
    if to is not None:
        new_file = to
    elif old_file is not None:
        new_file = old_file.with_name(f"{old_file.name}.new")
    else:
        raise UsageError(
            "the master key is in the environment, where it cannot be changed from here",
            mend="Name a file for the new one",
            field="--to",
        )
    with open_storage(settings) as (database, vault):
        write_new_key(new_file)
        count = rotated(database, vault, Vault(load_key(file=new_file)))
    typer.echo(f"{count} keys are wrapped anew.")
    if to is None and old_file is not None:
        kept = exchange_key_file(old_file, new=new_file, old_key_id=vault.key_id)
        typer.echo(f"The new master key is in {old_file}; the old one, for old backups, in {kept}.")
    else:
        typer.echo(f"Start the service with ATTUNEMENT_KEY_FILE={new_file}. Backups from before")
        typer.echo("still need the old key.")
