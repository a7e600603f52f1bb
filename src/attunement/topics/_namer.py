"""Names of topics from a language model on this machine, which sees words and never a turn."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from attunement.endpoints import Endpoint, Service
from attunement.errors import ModelError
from attunement.topics._names import name_topics

KEY_VARIABLE = "ATTUNEMENT_NAMES_KEY"

NAMING = Service(
    name="chat",
    path="/chat/completions",
    key_variable=KEY_VARIABLE,
    option="--name-with",
    example="http://localhost:11434/v1#llama3.2",
    sent="words",
)

_MOST_WORDS = 5
_MOST_CHARACTERS = 48
_MOST_TOKENS = 1_024
_ASKED = (
    "These are the most telling words of one topic in counselling conversations: {words}. "
    "Answer with a name for the topic in at most four plain English words, and nothing else."
)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic's name, and why it is not the language model's if it is not.

    Attributes
    ----------
    name : str
        Unique among the topics.
    reason : str, optional
        Why the name was made from the words; None where the language model gave it.
    """

    name: str
    reason: str | None = None


def name_topics_with(address: str, words: Sequence[Sequence[str]]) -> list[TopicName]:
    """Ask a language model on this machine to name topics.

    Only the topics' words are sent, one request a topic. Where the answer is no name, or one
    that another topic has, or does not come, the name is made from the words.

    Parameters
    ----------
    address : str
        `URL#model-name` of an OpenAI-compatible chat endpoint on this machine.
    words : sequence of sequence of str
        The top words of each topic, weightiest first.

    Returns
    -------
    list of TopicName
        One a topic.

    Raises
    ------
    UsageError
        No model is named, or the URL leads off this machine.
    """
    endpoint = Endpoint.at(address, NAMING)
    named: list[TopicName] = []
    away: ModelError | None = None
    plain_names = name_topics(words)
    for some, plain in zip(words, plain_names, strict=True):
        if away is None and some:
            try:
                answer = _answered(endpoint, some)
            except ModelError as error:
                away, answer = error, ""
            taken = {other.name.lower() for other in named} | {
                other.lower() for other in plain_names
            }
            reason = str(away) if away else _fault(answer, taken)
            named.append(TopicName(plain, reason) if reason else TopicName(answer))
        else:
            named.append(TopicName(plain, str(away) if away else "the topic has no words"))
    return named


def _answered(endpoint: Endpoint, words: Sequence[str]) -> str:
    asked = _ASKED.format(words=", ".join(words))
    answer = endpoint.post(
        {
            "messages": [{"role": "user", "content": asked}],
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
        }
    )
    try:
        said = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise endpoint.odd("something that is not a chat answer", kind="a chat model") from error
    return _THOUGHT.sub("", said).strip().strip("\"'*.").strip() if isinstance(said, str) else ""


def _fault(answer: str, taken: set[str]) -> str | None:
    """Say why an answer is no name; None if it is one. The answer itself is not quoted."""
    if not answer or not any(map(str.isalpha, answer)):
        return "the language model gave no name"
    if "\n" in answer or len(answer) > _MOST_CHARACTERS or len(answer.split()) > _MOST_WORDS:
        return f"the language model gave more than a name of at most {_MOST_WORDS} words"
    if not answer.isprintable():
        return "the language model gave a name with characters that cannot be shown"
    if answer.lower() in taken:
        return "the language model gave a name that another topic has"
    return None
