"""Prompts as files: what a judge is told and asked, as templates that are checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BeforeValidator, StringConstraints

from attunement.errors import UsageError
from attunement.instruments.datafiles import Document, FileModel, Wording, read_yaml, validated
from attunement.raters._model import ItemSet, Perspective, RatedItem

SHIPPED = Path(__file__).with_name("data") / "protocol.yaml"

PLACEHOLDERS = (
    "perspective",
    "definition",
    "statement",
    "answers",
    "low",
    "high",
    "at_low",
    "at_high",
    "transcript",
)
"""What a template may ask for."""

_LAYOUT = "Correct it; docs/raters.md shows the layout of a prompt file"
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
"""Plain text for a model, so nothing is escaped: `_neutral.py` sees to what a turn may hold."""


@dataclass(frozen=True)
class Protocol:
    """What a judge is told and asked.

    Attributes
    ----------
    name, version, licence : str
        What it is, and on what terms.
    patient, therapist, observer : str
        As whom a reader is to answer, in words.
    system : str
        What a reader is told first, a template.
    user : str
        What a reader is asked, a template.
    own : str
        What an AI is asked at the end of its own chat, a template.
    sha256 : str
        Hash of the file it was read from: scores by different prompts are not comparable.
    """

    name: str
    version: str
    licence: str
    patient: str
    therapist: str
    observer: str
    system: str
    user: str
    own: str
    sha256: str

    def for_reader(
        self, item: RatedItem, *, perspective: Perspective, items: ItemSet, transcript: str
    ) -> tuple[str, str]:
        """Give the system and user message for a reader of a transcript."""
        values = {
            **_values(item, perspective=perspective, items=items),
            "perspective": getattr(self, perspective),
            "transcript": transcript,
        }
        system, user, _ = self._templates
        return system.render(values), user.render(values)

    def for_its_own(self, item: RatedItem, *, items: ItemSet) -> str:
        """Give the question to an AI about its own chat."""
        return self._templates[2].render(_values(item, perspective="therapist", items=items))

    @cached_property
    def _templates(self) -> tuple[Template, Template, Template]:
        system, user, own = map(_ENVIRONMENT.from_string, (self.system, self.user, self.own))
        return system, user, own


def load_protocol(path: Path | str | None = None) -> Protocol:
    """Load the prompts of a judge.

    Parameters
    ----------
    path : Path or str, optional
        A YAML file laid out like the shipped one. None loads that.

    Returns
    -------
    Protocol

    Raises
    ------
    UsageError
        The file cannot be read.
    DataError
        A field is missing, a template is no template, lacks a placeholder that it needs, uses one
        that does not exist, or does not ask for what is read from the answer.

    Notes
    -----
    The shipped file asks for evidence before the score and gives a guideline for both ends of every
    item, after Li et al. 2024 (arXiv 2402.11958).
    """
    document = read_yaml(SHIPPED if path is None else Path(path))
    file = validated(document, _ProtocolFile, mend=_LAYOUT)
    needed = {"statement", "low", "high"}
    _check(document, ("reader", "system"), file.reader.system, needed=set(), barred={"transcript"})
    _check(
        document,
        ("reader", "user"),
        file.reader.user,
        needed=needed | {"perspective", "transcript"},
    )
    _check(
        document,
        ("own", "user"),
        file.own.user,
        needed=needed,
        barred={"perspective", "transcript"},
    )
    _check_answer(
        document, ("reader",), file.reader.system + file.reader.user, fields=("evidence", "score")
    )
    _check_answer(document, ("own",), file.own.user, fields=("score",))
    return Protocol(
        name=file.name,
        version=file.version,
        licence=file.licence,
        patient=file.perspectives.patient,
        therapist=file.perspectives.therapist,
        observer=file.perspectives.observer,
        system=file.reader.system,
        user=file.reader.user,
        own=file.own.user,
        sha256=document.sha256,
    )


def _trimmed(text: object) -> object:
    return text.strip() if isinstance(text, str) else text


_Template = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_trimmed)]


class _Perspectives(FileModel):
    patient: Wording
    therapist: Wording
    observer: Wording


class _Reader(FileModel):
    system: _Template
    user: _Template


class _Own(FileModel):
    user: _Template


class _ProtocolFile(FileModel):
    name: Wording
    version: Wording = "unstated"
    licence: Wording = "unstated"
    perspectives: _Perspectives
    reader: _Reader
    own: _Own


def _values(item: RatedItem, *, perspective: Perspective, items: ItemSet) -> dict[str, str]:
    statement = item.wording(perspective)
    if statement is None:
        raise UsageError(
            f"item {item.item} of {items.name} has no wording for the {perspective}",
            mend=f"Add a {perspective} field to every item, or ask from another perspective",
            field="perspective",
        )
    return {
        "definition": item.definition,
        "statement": statement,
        "answers": "a whole number" if items.whole else "a number",
        "low": f"{items.low:g}",
        "high": f"{items.high:g}",
        "at_low": item.low,
        "at_high": item.high,
    }


def _check(
    document: Document,
    location: tuple[str, str],
    template: str,
    *,
    needed: set[str],
    barred: set[str] | None = None,
) -> None:
    try:
        tree = _ENVIRONMENT.parse(template)
    except TemplateSyntaxError as error:
        raise document.error(
            location, f"is no Jinja template: {error.message}", mend=_LAYOUT
        ) from error
    used = meta.find_undeclared_variables(tree)
    usable = set(PLACEHOLDERS) - (barred or set())
    unknown = sorted(used - usable)
    if unknown:
        raise document.error(
            location,
            f"uses {{{{ {unknown[0]} }}}}, which has no value here",
            mend=f"Use one of {', '.join(p for p in PLACEHOLDERS if p in usable)}",
        )
    missing = sorted(needed - used)
    if missing:
        raise document.error(
            location,
            f"lacks {{{{ {missing[0]} }}}}",
            mend="Put it where the judge is to read it; docs/raters.md shows the placeholders",
        )
    try:
        _ENVIRONMENT.from_string(template).render(dict.fromkeys(usable, "x"))
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise document.error(location, "cannot be filled in", mend=_LAYOUT) from error


def _check_answer(
    document: Document, location: tuple[str, ...], prompt: str, *, fields: tuple[str, ...]
) -> None:
    """See to it that the judge is told of the fields that are read from its answer."""
    missing = [field for field in fields if f'"{field}"' not in prompt]
    if missing:
        raise document.error(
            location,
            f'does not ask for "{missing[0]}" in the JSON verdict',
            mend='Ask for one JSON object last, with "evidence" (a list of turn and quote) and'
            ' "score"; "evidence" may be left out under own',
        )
