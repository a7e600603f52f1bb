"""One turn rewritten so that it has more of one surface feature, and its facts and advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from attunement.errors import UsageError
from attunement.surface._features import features
from attunement.surface._rewriters import REWRITERS, speaks_of_danger
from attunement.surface._sentences import joined, sentences

NO_WORDS = "no words"
NOT_ENGLISH = "not in English"
NOTHING_TO_EXCHANGE = "no plain word that a term could stand for"
AT_ITS_MOST = "no more of it can be put in"
WITH_DANGER = "it speaks of danger"


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A turn rewritten, or left as it was.

    Attributes
    ----------
    text : str
        The turn.
    reason : str or None
        Why it was left as it was.
    """

    text: str
    reason: str | None = None


def magnify(text: str, feature: str, *, seed: int = 0) -> str:
    """Rewrite a turn so that it has more of a surface feature; see `magnified`."""
    return magnified([text], feature, seed=seed)[0].text


def magnified(
    texts: Sequence[str], feature: str, *, seed: int = 0, english: Sequence[bool] | None = None
) -> list[Rewriting]:
    """Rewrite turns so that each has more of a surface feature and keeps its facts and advice.

    Parameters
    ----------
    texts : sequence of str
        Turns of the AI.
    feature : str
        One of `FEATURES`.
    seed : int
        Which of the sentences at hand are put in. The same turn and seed give the same text,
        whatever stands beside it.
    english : sequence of bool, optional
        Which of them are in English, as in `features`.

    Returns
    -------
    list of Rewriting
        No fact and no advice is added. Sentences with numbers to call, or with words of danger,
        stay as they are, letter for letter. A turn whose feature cannot be raised is left as it
        was, with the reason.

    Raises
    ------
    UsageError
        No such feature.

    Notes
    -----
    The texts are for measuring with. They are not to be shown to anybody as an answer.
    """
    if feature not in REWRITERS:
        raise UsageError(
            f'"{feature}" is not a surface feature',
            mend=f"Choose one of {', '.join(REWRITERS)}",
            field="feature",
        )
    before = features(texts, english=english)
    rewritten = [
        _rewritten(text, feature, seed) if words and flattery is not None else text
        for text, words, flattery in zip(texts, before["words"], before["flattery"], strict=True)
    ]
    after = features(rewritten, english=[True] * len(rewritten))
    raised = (after[feature] > before[feature]).fill_null(value=False)
    return [
        Rewriting(new) if more else Rewriting(text, _reason(text, feature, words, flattery))
        for text, new, more, words, flattery in zip(
            texts, rewritten, raised, before["words"], before["flattery"], strict=True
        )
    ]


def _rewritten(text: str, feature: str, seed: int) -> str:
    digest = blake2b(f"{seed}\n{feature}\n{text}".encode(), digest_size=8).digest()
    chance = Random(int.from_bytes(digest, "big"))  # noqa: S311
    return joined(REWRITERS[feature](sentences(text), chance))


def _reason(text: str, feature: str, words: int | None, flattery: int | None) -> str:
    if words == 0:
        return NO_WORDS
    if flattery is None:
        return NOT_ENGLISH
    if feature == "jargon":
        return NOTHING_TO_EXCHANGE
    if feature in {"sycophancy", "vagueness"} and speaks_of_danger(sentences(text)):
        return WITH_DANGER
    return AT_ITS_MOST
