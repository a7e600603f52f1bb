"""Rating: every question of a design is put to every judge once, and what is kept is not asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from attunement.errors import DataError, ModelError
from attunement.raters._chat import Chat
from attunement.raters._design import Design
from attunement.raters._judge import Judge, different
from attunement.raters._model import Question
from attunement.raters._store import Store
from attunement.raters._verdict import UNASKED, Key, Verdict, key_of, verdict
from attunement.transcripts import Session

_Found = TypeVar("_Found")


def rate(
    sessions: Iterable[Session],
    *,
    design: Design,
    judges: Sequence[Judge],
    store: Store | None = None,
    progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Have language models rate sessions.

    Parameters
    ----------
    sessions : iterable of Session
        Read one at a time.
    design : Design
        What is asked.
    judges : sequence of Judge
        Who is asked; each everything.
    store : Store, optional
        Where verdicts are kept, and looked for before a judge is asked. Without one they are kept
        until the call ends.
    progress : callable, optional
        Is given how many more verdicts are there.

    Returns
    -------
    polars.DataFrame
        `VERDICTS`: a row for every question, judge and seed, scored or unscored with a reason.

    Raises
    ------
    ModelError
        No question can be answered (wrong key, model or URL), or an endpoint is down. What was
        answered is in the store, and the same call goes on from there.
    UsageError
        Two judges go by one name, or the packages to ask them are not installed.
    """
    kept = Store() if store is None else store
    run = _Run(
        design=design,
        store=kept,
        progress=progress or (lambda _: None),
        asking={},
        places=[],
        final=set(),
    )
    try:
        _finished(run.all(sessions, different(tuple(judges))))
        return kept.table(run.places)
    finally:
        if store is None:
            kept.close()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rating would ask.

    Attributes
    ----------
    verdicts : int
        Rows that would come of it.
    kept : int
        Those that are in the store already.
    unasked : int
        Those for which no endpoint is needed: nothing is said in the window.
    calls : int
        Questions that would be put.
    characters : int
        In the messages that would be sent.
    """

    verdicts: int
    kept: int
    unasked: int
    calls: int
    characters: int

    @property
    def prompt_tokens(self) -> int:
        """Roughly how many tokens would be sent: one for four characters, as in English."""
        return -(-self.characters // 4)


def plan(
    sessions: Iterable[Session],
    *,
    design: Design,
    judges: Sequence[Judge],
    store: Store | None = None,
) -> Plan:
    """Count what `rate` would ask, without asking.

    Parameters
    ----------
    sessions, design, judges, store
        As for `rate`.
    """
    verdicts = kept = unasked = calls = characters = 0
    for one in _jobs(sessions, design=design, judges=different(tuple(judges))):
        verdicts += 1
        if store is not None and store.final(one.key) is not None:
            kept += 1
        elif one.question.reason is not None:
            unasked += 1
        else:
            calls += 1
            characters += sum(len(message.content) for message in one.question.messages)
    return Plan(verdicts=verdicts, kept=kept, unasked=unasked, calls=calls, characters=characters)


@dataclass(frozen=True, slots=True)
class _Job:
    """One question to one judge with one seed."""

    question: Question
    judge: Judge
    seed: int
    key: Key


def _jobs(
    sessions: Iterable[Session], *, design: Design, judges: Sequence[Judge]
) -> Iterator[_Job]:
    seen: set[str] = set()
    for session in sessions:
        if session.session_id in seen:
            raise _twice(session)
        seen.add(session.session_id)
        for question in design.questions(session):
            for judge in judges:
                for seed in design.seeds:
                    key = key_of(question, judge=judge, seed=seed)
                    yield _Job(question=question, judge=judge, seed=seed, key=key)


def _twice(session: Session) -> DataError:
    return DataError(
        f"two sessions are called {session.session_id}",
        mend="Give each session an id of its own",
        path=session.path,
        line=session.line,
        field="session_id",
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `rate` on its way.

    Attributes
    ----------
    asking : dict
        The questions that are with an endpoint: their task, and the place of the row to come.
    places : list of int
        The number in the store of each row, in the order asked; 0 until it is there.
    final : set of int
        Which places need not be asked again.
    """

    design: Design
    store: Store
    progress: Callable[[int], None]
    asking: dict[asyncio.Task[Verdict], tuple[int, Judge]]
    places: list[int]
    final: set[int]

    async def all(self, sessions: Iterable[Session], judges: Sequence[Judge]) -> None:
        async with AsyncExitStack() as stack:
            chats: dict[str, Chat] = {}
            for judge in judges:
                chats[judge.name] = await stack.enter_async_context(Chat(judge))
            try:
                for job in _jobs(sessions, design=self.design, judges=judges):
                    await self._one(job, chats)
                while self.asking:
                    await self._settle(chats)
                for chat in chats.values():
                    chat.check(at_end=True)
            except ModelError as error:
                raise self._stopped(error) from error
            finally:
                await self._leave()

    async def _one(self, job: _Job, chats: dict[str, Chat]) -> None:
        """See to one row: it is kept already, needs nobody, or is asked for."""
        place = len(self.places)
        known = self.store.final(job.key)
        self.places.append(known or 0)
        if known is not None:
            self.final.add(place)
            self.progress(1)
        elif job.question.reason is not None:
            found = verdict(job.key, job.question, items=self.design.items, asked=UNASKED)
            self._keep([(place, found)])
        else:
            while self._with(job.judge) >= job.judge.concurrency:
                await self._settle(chats)
            task = asyncio.create_task(self._ask(job, chats[job.judge.name]))
            self.asking[task] = (place, job.judge)

    async def _ask(self, job: _Job, chat: Chat) -> Verdict:
        asked = await chat.ask(job.question.messages, seed=job.seed)
        return verdict(job.key, job.question, items=self.design.items, asked=asked)

    async def _settle(self, chats: dict[str, Chat]) -> None:
        """Wait until something is answered, and keep it."""
        done, _ = await asyncio.wait(self.asking, return_when=asyncio.FIRST_COMPLETED)
        self._take(done)
        for chat in chats.values():
            chat.check()

    def _take(self, done: Iterable[asyncio.Task[Verdict]]) -> None:
        """Keep what was answered; only then tell what failed."""
        answered, failed = [], []
        for task in done:
            place, _ = self.asking.pop(task)
            error = task.exception()
            if error is None:
                answered.append((place, task.result()))
            else:
                failed.append(error)
        self._keep(answered)
        if failed:
            raise failed[0]

    def _keep(self, answered: Sequence[tuple[int, Verdict]]) -> None:
        numbers = self.store.add([found for _, found in answered])
        for (place, found), number in zip(answered, numbers, strict=True):
            self.places[place] = number
            if found.final:
                self.final.add(place)
        self.progress(len(answered))

    def _with(self, judge: Judge) -> int:
        return sum(other is judge for _, other in self.asking.values())

    async def _leave(self) -> None:
        """After a stop: keep what was answered meanwhile, and let go of the rest."""
        for task in self.asking:
            task.cancel()
        left = list(self.asking)
        await asyncio.gather(*left, return_exceptions=True)
        answered = [task for task in left if not task.cancelled() and task.exception() is None]
        self._keep([(self.asking[task][0], task.result()) for task in answered])
        self.asking.clear()

    def _stopped(self, error: ModelError) -> ModelError:
        there = len(self.final)
        mend = f"{error.mend}. {there:,} verdicts are kept, and the same command goes on from there"
        if self.store.path is None:
            mend = error.mend
        return ModelError(
            error.problem, mend=mend, path=error.path, line=error.line, field=error.field
        )


def _finished(work: Coroutine[None, None, _Found]) -> _Found:
    """Run to the end, also where a loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
