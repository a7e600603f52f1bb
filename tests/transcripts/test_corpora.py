"""Public corpora, where they lie beside the project (ATTUNEMENT_CORPORA)."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from attunement.transcripts import Corpus

CORPORA = Path(os.environ.get("ATTUNEMENT_CORPORA", "../shared/data"))


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not part of the project")
def test_chats_of_many_paragraphs_have_two_speakers_and_as_many_turns_as_labels(
    tmp_path: Path,
) -> None:
    with tarfile.open(CORPORA / "ai_therapist" / "vera_mh_conversations.tar.xz") as archive:
        # Pythons before 3.11.4 have no filters; there it extracts as they always did.
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(tmp_path)
    sessions = list(Corpus([tmp_path]))
    assert len(sessions) == 105
    for session in sessions:
        assert session.path is not None
        lines = session.path.read_text(encoding="utf-8").split("\n")
        labels = sum(line.startswith(("user:", "agent:")) for line in lines)
        assert {turn.role for turn in session.turns} == {"patient", "therapist"}
        assert len(session.turns) == labels
