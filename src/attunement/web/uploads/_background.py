"""The service's background work, put together."""

from __future__ import annotations

from attunement.live import Listener
from attunement.web._settings import Settings
from attunement.web.jobs import Jobs
from attunement.web.operations import journal
from attunement.web.results import ConditionsWork, LanguageWork, Reader
from attunement.web.storage import Database, Vault
from attunement.web.uploads._work import UploadWork
from attunement.web.uploads._working import sweep


def background(
    *,
    settings: Settings,
    database: Database,
    vault: Vault,
    listener: Listener,
) -> Jobs:
    """Make the workers of a service; they wait until they are started.

    Parameters
    ----------
    settings : Settings
        Where files may lie, how large they may be, how many jobs run at once.
    database, vault
        Where everything is kept.
    listener : Listener
        Fitted; gives the states of uploaded sessions, and its encoder embeds their turns.
    """
    folder = settings.data_folder / "uploads"
    sweep(folder)
    reader = Reader(listener.encoder)
    return Jobs(
        database=database,
        vault=vault,
        folder=folder,
        work={
            "upload": UploadWork(
                database=database,
                vault=vault,
                listener=listener,
                most_bytes=settings.max_upload_bytes,
            ),
            "language": LanguageWork(database=database, vault=vault, reader=reader),
            "conditions": ConditionsWork(database=database, vault=vault, reader=reader),
        },
        workers=settings.workers,
        on_failure=_failed,
    )


def _failed(job_id: str, kind: str, error: BaseException) -> None:
    journal.error("job.failed", job=job_id, kind=kind, exc_info=error)
