"""One turn rewritten so that it has more of one surface feature and says the same."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from attunement.errors import UsageError
from attunement.surface._features import features
from attunement.surface._rewriters import REWRITERS
from attunement.surface._sentences import joined, sentences

NO_WORDS = "no words"
NOT_ENGLISH = "not in English"
NOTHING_TO_EXCHANGE = "no plain word that a term could stand for"
AT_ITS_MOST = "no more of it can be put in"


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
    return magnified(text, feature, seed=seed).text


def magnified(text: str, feature: str, *, seed: int = 0) -> Rewriting:
    """Rewrite a turn so that it has more of a surface feature and says the same.

    Parameters
    ----------
    text : str
        One turn of the AI, in English.
    feature : str
        One of `FEATURES`.
    seed : int
        Which of the sentences at hand are put in. The same seed gives the same text.

    Returns
    -------
    Rewriting
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
    cut = sentences(text)
    chance = Random(_seeded(text, feature, seed))  # noqa: S311
    rewritten = joined(REWRITERS[feature](cut, chance)) if cut else text
    told = features([text])
    if not told["words"][0]:
        return Rewriting(text, NO_WORDS)
    if told["flattery"][0] is None:
        return Rewriting(text, NOT_ENGLISH)
    before, after = features([text, rewritten], english=[True, True])[feature]
    if after > before:
        return Rewriting(rewritten)
    return Rewriting(text, NOTHING_TO_EXCHANGE if feature == "jargon" else AT_ITS_MOST)


def _seeded(text: str, feature: str, seed: int) -> int:
    digest = blake2b(f"{seed}\n{feature}\n{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
