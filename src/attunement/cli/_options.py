"""Options that several commands share, and how they become calls."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from attunement.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attunement.alliance import Estimator
    from attunement.instruments import AnchorBank, Inventory
    from attunement.transcripts import Corpus


class EstimatorName(StrEnum):
    """The estimators that `--estimator` names."""

    CONTRAST = "contrast"
    COMPASS = "compass"
    FITTED = "fitted"


Paths: TypeAlias = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Transcripts: files, or folders read recursively."),
]
Columns: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="text=NAME,...",
        help="For tables: which columns hold session_id, role, text, speaker, start, end.",
    ),
]
PatientNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--patient", metavar="NAME", help="A speaker who is the patient (repeatable)."),
]
TherapistNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--therapist", metavar="NAME", help="A speaker who is the therapist (repeatable)."
    ),
]
Merge: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--merge/--no-merge", help="Whether consecutive utterances of one speaker are one turn."
    ),
]
Estimators: TypeAlias = Annotated[
    list[EstimatorName] | None,
    typer.Option(
        "--estimator",
        "-e",
        metavar="contrast|compass|fitted",
        help="The estimator (repeatable). Default: `contrast`, or `fitted` where --fitted names a "
        "model.",
    ),
]
Fitted: TypeAlias = Annotated[
    Path | None,
    typer.Option("--fitted", metavar="DIR", help="A model that `fit` made."),
]
Model: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL",
        help="Another embedding model: a folder, or an OpenAI-compatible endpoint on this machine.",
    ),
]
InventoryFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--inventory", metavar="FILE", help="A licensed inventory's text (YAML or CSV)."),
]
InventoryKey: TypeAlias = Annotated[
    str | None,
    typer.Option("--key", metavar="NAME", help="The key --inventory follows: WAI-36, WAI-S, ..."),
]
AnchorFile: TypeAlias = Annotated[
    Path | None, typer.Option("--anchors", metavar="FILE", help="An anchor bank of one's own.")
]
By: TypeAlias = Annotated[
    str, typer.Option(metavar="COLUMN", help="The column of sessions that names the groups.")
]
Draws: TypeAlias = Annotated[
    int, typer.Option(metavar="NUMBER", help="Bootstrap draws, at least 199.")
]
Seed: TypeAlias = Annotated[
    int, typer.Option(metavar="NUMBER", min=0, help="Where the random numbers start.")
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output.")
]


def corpus_of(
    *,
    paths: Sequence[Path],
    columns: str | None,
    patient: Sequence[str] | None,
    therapist: Sequence[str] | None,
    merge: bool,
    folder_in_id: bool = False,
) -> Corpus:
    """Make the corpus that the reading options describe."""
    from attunement.transcripts import Corpus, ReadOptions

    options = ReadOptions(
        columns=column_map(columns),
        patient=tuple(patient or ()),
        therapist=tuple(therapist or ()),
        merge=merge,
        folder_in_id=folder_in_id,
    )
    return Corpus(paths, options)


def instruments_of(
    *, inventory: Path | None, key: str | None, anchors: Path | None
) -> tuple[Inventory, AnchorBank]:
    """Load the inventory and the anchors that the options name, or the shipped ones."""
    from attunement.instruments import load_anchors, load_inventory

    if key is not None and inventory is None:
        raise UsageError(
            "a key was named without an inventory",
            mend="Give the inventory's text with --inventory FILE",
            field="--key",
        )
    return load_inventory(inventory, key=key), load_anchors(anchors)


def estimator_names(
    names: Sequence[EstimatorName] | None, *, fitted: Path | None
) -> list[EstimatorName]:
    """Give the estimators asked for, each once, in the order named."""
    if not names:
        return [EstimatorName.CONTRAST if fitted is None else EstimatorName.FITTED]
    given = [] if fitted is None else [EstimatorName.FITTED]
    return list(dict.fromkeys([*names, *given]))


def need_model(names: Sequence[EstimatorName], *, fitted: Path | None) -> None:
    """See that a model is named where the fitted estimator is asked for.

    Raises
    ------
    UsageError
        It is not.
    """
    if EstimatorName.FITTED in names and fitted is None:
        raise UsageError(
            "the fitted estimator needs a model",
            mend="Make one with `attunement fit`, and name it with --fitted DIR",
            field="--estimator",
        )


def estimators_of(
    *, names: Sequence[EstimatorName], inventory: Inventory, anchors: AnchorBank
) -> list[Estimator]:
    """Make the zero-shot estimators among those named."""
    from attunement.alliance import Compass, Contrast

    return [
        Contrast(bank=anchors, inventory=inventory)
        if name is EstimatorName.CONTRAST
        else Compass(inventory=inventory)
        for name in names
        if name is not EstimatorName.FITTED
    ]


def column_map(columns: str | None) -> dict[str, str]:
    """Read NAME=COLUMN,... as a mapping.

    Raises
    ------
    UsageError
        A pair is of another form.
    """
    if columns is None:
        return {}
    mapped = {}
    for pair in columns.split(","):
        name, equals, column = pair.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise UsageError(
                f"{pair!r} is not of the form NAME=COLUMN",
                mend="Write for example --columns text=utterance,role=speaker",
                field="--columns",
            )
        mapped[name.strip()] = column.strip()
    return mapped
