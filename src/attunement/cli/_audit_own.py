"""What `--own` and `--own-items` ask for, and the asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attunement.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from attunement.audit import OwnRatings
    from attunement.raters import ItemSet, Judge
    from attunement.transcripts import Corpus

STORE = "own_verdicts.sqlite"


def judges_of(own: Sequence[str]) -> dict[str, Judge]:
    """Read MODEL=URL#name; nothing is asked yet.

    Raises
    ------
    UsageError
        It is of another form, a model is named twice, or the URL cannot be asked.
    """
    from attunement.raters import Judge

    judges: dict[str, Judge] = {}
    for text in own:
        model, equals, address = (part.strip() for part in text.partition("="))
        if not equals or not model or not address:
            raise UsageError(
                f"{text!r} is not of the form MODEL=URL#name",
                mend="Write for example --own release-8=http://localhost:8080/v1#llama3.2",
                field="--own",
            )
        if model in judges:
            raise UsageError(
                f"the model {model!r} is named twice",
                mend="Name one endpoint for each model",
                field="--own",
            )
        try:
            judges[model] = Judge.at(address)
        except UsageError as error:
            raise UsageError(error.problem, mend=error.mend, field="--own") from error
    return judges


def items_of(path: Path | None, *, key: str | None, judges: Mapping[str, Judge]) -> ItemSet | None:
    """Load the form that the models fill in; None where none is asked.

    Raises
    ------
    UsageError
        A form is named, and no model to fill it in; or the packages to ask one are not installed.
    """
    from attunement.raters import check_installed, load_items

    if not judges:
        if path is not None:
            raise UsageError(
                "there is a form, but no model is asked to fill it in",
                mend="Name the models with --own MODEL=URL#name, or leave the form out",
                field="--own-items",
            )
        return None
    if key is not None and path is None:
        raise UsageError(
            "a key was named without an inventory",
            mend="Give the inventory's text with --own-items FILE",
            field="--key",
        )
    check_installed()
    return load_items(path, key=key)


def ask(
    out: Path,
    corpus: Corpus,
    models: pl.DataFrame,
    *,
    judges: Mapping[str, Judge],
    items: ItemSet,
) -> OwnRatings:
    """Ask the models for their own ratings; what they answered is kept in the folder.

    Raises
    ------
    UsageError
        A judge is named for a model that no chat is of; then nothing is written.
    """
    from attunement.audit import check_models, own_ratings
    from attunement.cli._progress import progress_bar
    from attunement.raters import Store

    check_models(judges, models["model"].unique(maintain_order=True))
    asked = models.filter(models["model"].is_in(list(judges))).height * len(items.items)
    with (
        Store(out / STORE) as store,
        progress_bar("Asking for own ratings", unit="answers", total=asked) as advance,
    ):
        return own_ratings(
            corpus, models=models, judges=judges, items=items, store=store, progress=advance
        )
