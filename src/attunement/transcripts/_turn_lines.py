"""Turns that come one a line, while the session still goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attunement.errors import DataError
from attunement.tables import ROLES
from attunement.transcripts._canonical import json_type, session
from attunement.transcripts._json import parse
from attunement.transcripts._labels import label_of
from attunement.transcripts._messages import conversation
from attunement.transcripts._model import ReadOptions, SpeakerRole, Turn
from attunement.transcripts._records import UnknownRolesError, Utterance
from attunement.transcripts._roles import known_role, stated_role
from attunement.transcripts._text import clean, clean_name, listed

_MEND = (
    'Write each turn on a line of its own, as in "T: How was your week?", '
    'or as {"role": "therapist", "text": "..."}'
)


class TurnLines:
    """Reads turns from lines, each as it comes.

    A line is a JSON object with role and text (a turn of the canonical form) or with role and
    content (a message as chat programs keep it), or plain text behind the speaker's name. Roles are
    told from names as in whole sessions, as far as they are known by then: the user's own names
    first; and once both sides were heard, a name that stands for neither is a third person's.

    Parameters
    ----------
    options : ReadOptions
        The user's own names of the two sides.
    path : Path, optional
        Where the lines come from, for messages.
    """

    def __init__(self, options: ReadOptions, *, path: Path | None = None) -> None:
        self.options = options
        self.path = path
        self._turns = 0
        self._heard: set[SpeakerRole] = set()
        self._named: set[SpeakerRole] = set()

    def read(self, line: bytes, *, number: int) -> Turn | None:
        """Read one line.

        Parameters
        ----------
        line : bytes
            UTF-8.
        number : int
            Its number, from 1, for messages.

        Returns
        -------
        Turn or None
            None for an empty line, and for a message that nobody speaks: of the system, of tools,
            or without words.

        Raises
        ------
        DataError
            It is no turn, or it cannot be told whose.
        """
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            raise self._error("it is not UTF-8 text", line=number, mend="Write UTF-8") from None
        if not text:
            return None
        spoken = (
            self._of_json(text, number) if text[0] in "{[" else self._of_plain_text(text, number)
        )
        if spoken is None:
            return None
        turn = Turn(
            turn=self._turns,
            role=self._role(spoken.labels, number),
            text=clean(spoken.text),
            speaker=clean_name(spoken.speaker) or None if spoken.speaker else None,
        )
        self._turns += 1
        return turn

    def _of_json(self, text: str, number: int) -> Utterance | None:
        path = self.path or Path("-")
        try:
            value = parse(text.encode(), path=path, line=number)
            if not isinstance(value, Mapping) or "messages" in value or "turns" in value:
                found = "a whole session" if isinstance(value, Mapping) else json_type(value)
                raise self._error(f"found {found}, expected one turn", line=number)
            if "content" in value or "tool_calls" in value:
                record = conversation([dict(value)], path=path, line=number)
            else:
                whole = {"session_id": "live", "turns": [dict(value)]}
                record = session(whole, path=path, line=number)
        except DataError as error:
            field = (error.field or "").rpartition("].")[2] or None
            raise self._error(error.problem, line=number, field=field) from None
        return record.utterances[0] if record.utterances else None

    def _of_plain_text(self, text: str, number: int) -> Utterance:
        label = label_of(text, self.options)
        if label is None:
            raise self._error("the line does not say who speaks", line=number, field="role")
        return Utterance(labels=(label.name,), text=label.text, speaker=label.name, line=number)

    def _role(self, labels: tuple[str, ...], number: int) -> SpeakerRole:
        """Give the speaker's role, as `assign` does for whole sessions."""
        stated = (stated_role(label, self.options) for label in labels)
        role = next((one for one in stated if one is not None), None)
        if role is not None:
            self._named.add(role)
        else:
            known = (known_role(label, self.options) for label in labels)
            role = next((one for one in known if one is not None), None)
            if role in self._named:
                role = "other"
        if role is None and not self._heard.issuperset(ROLES):
            raise UnknownRolesError(
                f"it cannot be told whether this is the patient or the therapist: {listed(labels)}"
                if labels
                else "the turn does not say who speaks",
                mend="Say who is who with --patient NAME --therapist NAME",
                path=self.path,
                line=number,
                field="role",
            )
        self._heard.add(role or "other")
        return role or "other"

    def _error(
        self, problem: str, *, line: int, field: str | None = None, mend: str = _MEND
    ) -> DataError:
        return DataError(problem, mend=mend, path=self.path, line=line, field=field)
