"""Transcripts of therapy sessions, in the formats that clinics and laboratories have them in."""

from attunement.transcripts._chat import chat_session
from attunement.transcripts._check import Issue, check
from attunement.transcripts._corpus import Corpus
from attunement.transcripts._frames import ratings_table, sessions_table, turns_table
from attunement.transcripts._merge import merge
from attunement.transcripts._model import Rating, ReadOptions, Session, SpeakerRole, Turn
from attunement.transcripts._preview import Header, Preview, Speaker, headers, preview
from attunement.transcripts._text import clean
from attunement.transcripts._turn_lines import TurnLines

__all__ = [
    "Corpus",
    "Header",
    "Issue",
    "Preview",
    "Rating",
    "ReadOptions",
    "Session",
    "Speaker",
    "SpeakerRole",
    "Turn",
    "TurnLines",
    "chat_session",
    "check",
    "clean",
    "headers",
    "merge",
    "preview",
    "ratings_table",
    "sessions_table",
    "turns_table",
]
