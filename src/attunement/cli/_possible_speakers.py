"""What a command says of a corpus in which somebody else may have spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attunement.transcripts import Corpus


def possible_speakers(corpus: Corpus) -> list[str]:
    """Note, once a corpus was read, that some of its lines may be another's than was taken."""
    count = len(corpus.possible_speakers)
    if not count:
        return []
    sessions = "1 session" if count == 1 else f"{count:,} sessions"
    return [
        f"In {sessions} lines begin as if another person spoke, and were not taken for theirs; "
        "`attunement check` names the lines, and --patient and --therapist say who is who."
    ]
