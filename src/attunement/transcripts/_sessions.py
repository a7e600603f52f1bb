"""Making a session of a record: roles told apart, texts cleaned, times in seconds."""

from __future__ import annotations

from attunement.errors import DataError
from attunement.transcripts._model import ReadOptions, Session, Turn
from attunement.transcripts._records import Record
from attunement.transcripts._roles import assign
from attunement.transcripts._text import clean, clean_name
from attunement.transcripts._times import relative


def session_of(record: Record, *, options: ReadOptions) -> Session:
    """Make a session with one turn for each of the record's utterances.

    Raises
    ------
    UnknownRolesError
        It cannot be told who is the patient and who the therapist.
    DataError
        The times of the session do not go together.
    """
    roles = assign(
        (utterance.labels for utterance in record.utterances),
        options=options,
        path=record.path,
        line=record.line,
    )
    try:
        times = relative(record.utterances)
    except ValueError as error:
        raise DataError(
            f'in session "{record.session_id[:100]}" {error}',
            mend="Write all times of a session in one way",
            path=record.path,
            line=record.line,
            field="start, end",
        ) from error
    return Session(
        session_id=clean_name(record.session_id),
        turns=tuple(
            Turn(
                turn=place,
                role=roles[utterance.labels],
                text=clean(utterance.text),
                speaker=(clean_name(utterance.speaker) or None) if utterance.speaker else None,
                start=start,
                end=end,
            )
            for place, (utterance, (start, end)) in enumerate(
                zip(record.utterances, times, strict=True)
            )
        ),
        patient_id=record.patient_id,
        therapist_id=record.therapist_id,
        condition=record.condition,
        number=record.number,
        columns=dict(record.columns),
        ratings=record.ratings,
        path=record.path,
        line=record.line,
    )
