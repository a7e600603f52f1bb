"""Asking one judge one question after the other: patiently, not too fast, and not for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from attunement.errors import ModelError
from attunement.raters._client import private_client
from attunement.raters._installed import check_installed
from attunement.raters._judge import Judge
from attunement.raters._model import Message
from attunement.raters._reasons import Reason
from attunement.raters._refusals import Refusal, refusal, said

if TYPE_CHECKING:
    from tenacity import RetryCallState

FIRST_PAUSE_SECONDS = 0.5
"""Before the second attempt; each further pause is twice as long, unless the endpoint says."""

LONGEST_PAUSE_SECONDS = 60.0
"""A longer wait that an endpoint asks for is not sat out: the question stays for another run."""

PATIENCE = 5
"""Questions in a row that stay without an answer before the endpoint is taken to be down."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of putting one question.

    Attributes
    ----------
    text : str, optional
        The answer.
    finish_reason : str, optional
        Why it ends there, in the endpoint's word.
    reason : Reason, optional
        Why there is no answer; given exactly when there is no text.
    attempts : int
        Requests that were sent.
    prompt_tokens, completion_tokens : int, optional
        As the endpoint counted them, in the attempt that was answered.
    seconds : float
        From the first request to the answer, pauses included.
    """

    text: str | None
    finish_reason: str | None
    reason: Reason | None
    attempts: int
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    finish_reason: str | None
    refused: bool
    prompt_tokens: int | None
    completion_tokens: int | None


class _UnansweredError(Exception):
    """One attempt gave none."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(str(refusal.reason))


class _NoCompletionError(_UnansweredError):
    """One attempt gave something that is no chat completion."""

    def __init__(self) -> None:
        super().__init__(Refusal(Reason.SERVER_ERROR, again=True))


class Chat:
    """A conversation partner for as long as the block runs.

    Parameters
    ----------
    judge : Judge
        Who is asked.

    Raises
    ------
    UsageError
        The packages to ask are not installed.
    """

    def __init__(self, judge: Judge) -> None:
        check_installed()
        from aiolimiter import AsyncLimiter

        self.judge = judge
        self._client = private_client(judge)
        self._pace = AsyncLimiter(1, 60 / judge.per_minute) if judge.per_minute else None
        self._answered = False
        self._silent = 0
        self._last: Reason | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def ask(self, messages: Sequence[Message], *, seed: int) -> Asked:
        """Put one question, after growing pauses again where that may help.

        Raises
        ------
        ModelError
            No question can be answered: wrong key, model, URL or setting.
        """
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        begun = monotonic()
        attempts = 0
        answer: _Answer | None = None
        reason: Reason | None = None
        body = self._body(messages, seed=seed)
        try:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(self.judge.attempts),
                wait=self._pause,
                retry=retry_if_exception(_worth_another),
                reraise=True,
            ):
                with attempt:
                    if self._pace is not None:
                        await self._pace.acquire()
                    attempts += 1
                    answer = await self._once(body)
        except _UnansweredError as none:
            if isinstance(none, _NoCompletionError) and not self._answered:
                found = "something that is no chat completion"
                raise self.judge.endpoint.odd(found, kind="a chat model") from none
            reason = none.refusal.reason
        if answer is not None and answer.refused:
            reason = Reason.REFUSED
        self._remember(reason)
        return Asked(
            text=answer.text if answer is not None and reason is None else None,
            finish_reason=answer.finish_reason if answer is not None else None,
            reason=reason,
            attempts=attempts,
            prompt_tokens=answer.prompt_tokens if answer is not None else None,
            completion_tokens=answer.completion_tokens if answer is not None else None,
            seconds=monotonic() - begun,
        )

    def check(self, *, at_end: bool = False) -> None:
        """See that the endpoint still answers.

        Parameters
        ----------
        at_end : bool
            Whether nothing more will be asked: then it must have answered something.

        Raises
        ------
        ModelError
            `PATIENCE` questions in a row stayed without an answer, or in the end all of them.
        """
        never = at_end and not self._answered and self._silent > 0
        if self._silent < PATIENCE and not never:
            return
        endpoint = self.judge.endpoint
        mend = {
            Reason.NO_ANSWER: "Start it, or mend the URL",
            Reason.TIMED_OUT: "Allow it more seconds, ask fewer questions at once, or show it less",
            Reason.RATE_LIMITED: "Allow fewer requests a minute, or come back later",
        }.get(self._last or Reason.SERVER_ERROR, "Look at the endpoint's own log")
        raise ModelError(
            f"the chat endpoint {endpoint.url} left {self._silent} questions in a row without an "
            f"answer, the last because {self._last}",
            mend=mend,
        )

    def _remember(self, reason: Reason | None) -> None:
        if reason is not None and reason.transient:
            self._silent += 1
            self._last = reason
        else:
            self._silent = 0

    def _body(self, messages: Sequence[Message], *, seed: int) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self.judge.name,
            "messages": [{"role": one.role, "content": one.content} for one in messages],
            "temperature": self.judge.temperature,
            "max_tokens": self.judge.most_tokens,
            "seed": seed,
        }
        if self.judge.json_only:
            body["response_format"] = {"type": "json_object"}
        return body

    async def _once(self, body: dict[str, object]) -> _Answer:
        from httpx2 import Response
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        endpoint = self.judge.endpoint
        try:
            async with asyncio.timeout(self.judge.timeout):
                found = await self._client.post(endpoint.service.path, cast_to=Response, body=body)
        except (TimeoutError, APITimeoutError) as error:
            raise _UnansweredError(Refusal(Reason.TIMED_OUT, again=True)) from error
        except APIStatusError as error:
            raise _UnansweredError(
                refusal(
                    endpoint,
                    status=error.status_code,
                    words=said(error.response.text),
                    retry_after=error.response.headers.get("Retry-After"),
                )
            ) from error
        except APIConnectionError as error:
            raise _UnansweredError(Refusal(Reason.NO_ANSWER, again=True)) from error
        answer = _read(found.content)
        if answer is None:
            raise _NoCompletionError
        self._answered = True
        return answer

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        stated = error.refusal.pause if isinstance(error, _UnansweredError) else None
        growing = FIRST_PAUSE_SECONDS * 2.0 ** (state.attempt_number - 1)
        return min(LONGEST_PAUSE_SECONDS, growing if stated is None else stated)


def _worth_another(error: BaseException) -> bool:
    if not isinstance(error, _UnansweredError) or not error.refusal.again:
        return False
    pause = error.refusal.pause
    return pause is None or pause <= LONGEST_PAUSE_SECONDS


def _read(body: bytes) -> _Answer | None:
    """Read a chat completion; None if the body is none."""
    try:
        whole = json.loads(body)
        choice = whole["choices"][0]
        message = choice["message"]
        text, refused = message.get("content"), message.get("refusal")
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    if not isinstance(text, str | None):
        return None
    usage = whole.get("usage")
    counted = usage if isinstance(usage, dict) else {}
    ending = choice.get("finish_reason")
    return _Answer(
        text=text or "",
        finish_reason=ending if isinstance(ending, str) else None,
        refused=bool(refused),
        prompt_tokens=_count(counted.get("prompt_tokens")),
        completion_tokens=_count(counted.get("completion_tokens")),
    )


def _count(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
