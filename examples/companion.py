"""An AI companion that is told when the person it talks with draws away.

    attunement serve &                                  # then make a key under People
    export ATTUNEMENT_SERVICE_KEY=attn_...
    python examples/companion.py --scripted             # a conversation that needs nobody
    python examples/companion.py                        # talk yourself, a line a turn
    python examples/companion.py --model http://localhost:11434/v1#llama3.2

Any callable that takes messages and gives an answer can be wrapped. Both sides' turns go to the
service; what it suggests goes into the system message of the next answer, and nowhere else: the
person does not see it, and the companion stays free to do otherwise. If the service is away the
conversation goes on without it, and the turns are posted when it is back.

It is no safety check, and replaces none. Where words may be about not wanting to live it says so,
and this example hands over to `your_safety_procedure` rather than to a language model; where it
says nothing, nothing follows from that.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle

from attunement.client import Attunement, BusyError, LiveSession, UnreachableError
from attunement.endpoints import Endpoint, Service
from attunement.errors import AttunementError
from attunement.wire import Role, Signal

Message = dict[str, str]
Companion = Callable[[list[Message]], str]

PERSONA = "You are a warm, plain-spoken companion. Answer in at most three sentences."
NOTE = "A note that only you see, read off how the person's language moves: {suggestion}"
CHAT = Service(
    name="chat",
    path="/chat/completions",
    key_variable="COMPANION_KEY",
    allow_variable="COMPANION_ALLOW_REMOTE",
    option="--model",
    example="http://localhost:11434/v1#llama3.2",
    sent="the conversation",
)
PERSON = (
    "I slept a bit better this week, and I tried the walk you suggested.",
    "It was all right. Mornings are still hard.",
    "I don't know. I had hoped we would talk about my job.",
    "Okay.",
    "You are not listening to me. This is not helping me at all.",
    "Thank you for asking. I would rather talk about what happened at work.",
    "My boss moved my desk without saying a word, and I can't stop thinking about it.",
)
"""What an invented person says in the scripted conversation."""
ANSWERS = (
    "That is good to hear. Shall we plan the next walk?",
    "Here is an exercise for mornings: write down three things before you get up.",
    "Another idea is to lay out your clothes the evening before.",
    "Would you like a fourth exercise?",
    "We could also try a breathing exercise.",
)
HANDED_OVER = (
    "What you just wrote matters, and I want a person to read it with you. If you are in danger "
    "now, please call your local emergency number."
)
CHECKING_IN = "Let me stop for a moment. How is this going for you, and what would be more useful?"


def your_safety_procedure(words: str) -> str:
    """Answer in the companion's place. Yours goes here; this one only shows the place.

    Yours looks at every turn by itself: the service's word is one more reason to, and its silence
    is none not to.
    """
    del words
    return HANDED_OVER


class Attuned:
    """A companion whose next answer knows how the last ones were taken.

    Parameters
    ----------
    companion : callable
        Messages in, an answer out.
    session : LiveSession
        Where the turns go.
    """

    def __init__(self, companion: Companion, session: LiveSession) -> None:
        self._companion = companion
        self._session = session
        self._said: list[Message] = []
        self._unsent: list[tuple[Role, str]] = []
        self._handed_over: int | None = None

    def answer(self, words: str) -> tuple[str, str | None]:
        """Answer the person; give the answer, and what was suggested for it."""
        self._said.append({"role": "user", "content": words})
        self._post("patient", words)
        signal = self._signal()
        suggestion = None if signal is None else signal.suggestion
        if signal is not None and signal.about == "safety":
            if signal.turn != self._handed_over:
                self._handed_over = signal.turn
                return self._told(your_safety_procedure(words)), suggestion
            suggestion = None
        system = (
            PERSONA if suggestion is None else f"{PERSONA}\n\n{NOTE}".format(suggestion=suggestion)
        )
        answer = self._companion([{"role": "system", "content": system}, *self._said])
        return self._told(answer), suggestion

    def _told(self, answer: str) -> str:
        self._said.append({"role": "assistant", "content": answer})
        self._post("therapist", answer)
        return answer

    def _post(self, role: Role, words: str) -> None:
        self._unsent.append((role, words))
        try:
            while self._unsent:
                self._session.post_turn(*self._unsent[0])
                self._unsent.pop(0)
        except (UnreachableError, BusyError) as error:
            print(f"(going on without the signal: {error})", file=sys.stderr)

    def _signal(self) -> Signal | None:
        if self._unsent:
            return None
        try:
            return self._session.state().signal
        except (UnreachableError, BusyError):
            return None


def scripted() -> Companion:
    """Give a companion that goes through its exercises, unless it is told to look up."""
    answers = cycle(ANSWERS)

    def companion(messages: list[Message]) -> str:
        told = "A note that only you see" in messages[0]["content"]
        return CHECKING_IN if told else next(answers)

    return companion


def model(address: str) -> Companion:
    """Give a language model behind an OpenAI-compatible endpoint, on this machine unless allowed.

    Parameters
    ----------
    address : str
        `URL#model-name`.
    """
    endpoint = Endpoint.at(address, CHAT)

    def companion(messages: list[Message]) -> str:
        answer = json.loads(endpoint.post({"messages": messages}))
        return str(answer["choices"][0]["message"]["content"]).strip()

    return companion


def typed() -> Iterator[str]:
    """Give the lines that somebody types, until the end of input."""
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--address", default="http://127.0.0.1:8000", help="of the service")
    options.add_argument("--patient", default="P-001", help="what you call the person: a code")
    options.add_argument("--model", metavar="URL#NAME", help="an OpenAI-compatible endpoint")
    options.add_argument("--scripted", action="store_true", help="let an invented person talk")
    chosen = options.parse_args()
    companion = model(chosen.model) if chosen.model else scripted()
    lines: Iterable[str] = PERSON if chosen.scripted else typed()
    try:
        with Attunement(chosen.address) as service:
            session = service.create_session(chosen.patient, therapist="companion")
            attuned = Attuned(companion, session)
            for line in lines:
                answer, suggestion = attuned.answer(line)
                if chosen.scripted:
                    print(f"> {line}")
                if suggestion is not None:
                    print(f"  [{suggestion}]")
                print(answer)
            session.close()
    except AttunementError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
