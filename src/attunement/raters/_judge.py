"""A judge: a language model behind a chat endpoint, and how it is to be asked."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

from attunement.endpoints import Endpoint, Service
from attunement.errors import UsageError
from attunement.raters._model import Question

KEY_VARIABLE = "ATTUNEMENT_RATERS_KEY"
ALLOW_VARIABLE = "ATTUNEMENT_ALLOW_REMOTE_RATERS"

CHAT = Service(
    name="chat",
    path="/chat/completions",
    key_variable=KEY_VARIABLE,
    allow_variable=ALLOW_VARIABLE,
    option="--judge",
    example="http://localhost:8080/v1#qwen2.5-7b-instruct",
    sent="whole transcripts",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A language model that rates, and how patiently it is asked.

    Attributes
    ----------
    endpoint : Endpoint
        Where it is asked, and the model's name there.
    temperature : float
        0 for the likeliest answer. With repeats, above 0, or all repeats are the same answer.
    most_tokens : int
        The longest answer. Reasoning models think within it.
    timeout : float
        Seconds until one attempt is given up.
    json_only : bool
        Whether the endpoint is told to answer in JSON alone, which many local servers do not know,
        and which leaves no room for evidence before the verdict.
    concurrency : int
        Questions that are with the endpoint at once.
    per_minute : float, optional
        Requests a minute, evenly spaced; no limit without.
    attempts : int
        How often one question is put before it is left unscored.

    Raises
    ------
    UsageError
        One of the numbers cannot be.
    """

    endpoint: Endpoint
    temperature: float = 0.0
    most_tokens: int = 1024
    timeout: float = 120.0
    json_only: bool = False
    concurrency: int = 4
    per_minute: float | None = None
    attempts: int = 5

    def __post_init__(self) -> None:
        _need(0 <= self.temperature <= 2, "a temperature is from 0 to 2", field="temperature")
        _need(self.most_tokens >= 1, "an answer takes at least one token", field="most_tokens")
        _need(0 < self.timeout < math.inf, "a time-out is above 0 seconds", field="timeout")
        _need(self.concurrency >= 1, "at least one question is asked at once", field="concurrency")
        _need(self.attempts >= 1, "a question is asked at least once", field="attempts")
        _need(
            self.per_minute is None or 0 < self.per_minute < math.inf,
            "requests a minute are above 0",
            field="per_minute",
        )

    @classmethod
    def at(
        cls,
        address: str,
        *,
        temperature: float = 0.0,
        most_tokens: int = 1024,
        timeout: float = 120.0,
        json_only: bool = False,
        concurrency: int = 4,
        per_minute: float | None = None,
    ) -> Judge:
        """Name a judge by its address; nothing is asked yet.

        Parameters
        ----------
        address : str
            `URL#model-name`; the URL's path may end in /chat/completions or be what comes before.
        temperature, most_tokens, timeout, json_only, concurrency, per_minute
            See the attributes.

        Raises
        ------
        UsageError
            No model is named, or the URL leads off this machine and that was not allowed.
        """
        return cls(
            endpoint=Endpoint.at(address, CHAT),
            temperature=temperature,
            most_tokens=most_tokens,
            timeout=timeout,
            json_only=json_only,
            concurrency=concurrency,
            per_minute=per_minute,
        )

    @property
    def name(self) -> str:
        """The model's name, which is the `judge` of every table."""
        return self.endpoint.model

    def prompt(self, question: Question) -> str:
        """Hash everything that decides the answer but the model and the seed.

        The settings count: an answer at another temperature, or one that might have been longer,
        is another answer.
        """
        settings = [question.prompt, self.temperature, self.most_tokens, self.json_only]
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


def different(judges: tuple[Judge, ...]) -> tuple[Judge, ...]:
    """Give the judges, if no two of them go by one name.

    Raises
    ------
    UsageError
        Two do, or there is none.
    """
    names = [judge.name for judge in judges]
    _need(bool(names), "no judge is named", field="--judge")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two judges are both called {twice[0]}",
            mend="Give each its own model name behind the # of its URL",
            field="--judge",
        )
    return judges


def _need(fine: bool, rule: str, *, field: str) -> None:
    if not fine:
        raise UsageError(rule, mend="Choose another value", field=field)
