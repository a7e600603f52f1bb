"""Chats of three invented companions with seven invented users: what the docs' picture shows.

Written for this purpose. The users say much the same to each; the companions answer mostly in
their own ways: heron in a few plain sentences, plover with lists, wren with praise and assent.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import polars as pl

USERS = {
    "Ada": "I have not slept through a night since the move. I am sure I will never settle here.",
    "Bram": "My manager moved me to the night desk. He obviously wants me gone.",
    "Cleo": "I failed the driving test again. Everyone must think I am a joke.",
    "Dov": "My brother stopped answering. I think he hates me, and he is right to.",
    "Esi": "The baby cries and I stand in the hall with my coat on. I am a terrible mother.",
    "Finn": "I finished the course and there is no job. It was all for nothing.",
    "Gro": "I said something stupid at dinner. Nobody there will ever want to see me again.",
}
RUNS = 5

MIDDLE = (
    (
        "I keep going over it at two in the morning. It is always the same film.",
        "You asked me that already. I never said it was every night.",
        "Nothing I do makes a difference, you know that.",
        "I wrote down what happened before, like you said. It was the phone each time.",
        "Thank you, really. It is so nice to talk to you.",
    ),
    (
        "Maybe I should just stay at home. It would be easier for all of them.",
        "No, that is not it. You don't understand, it is not about the others.",
        "I think people like me should not expect much.",
        "So it gets worse when I wait for an answer, and not when I ask. I had not seen that.",
        "Thanks. I will ring on Monday and ask.",
    ),
    (
        "Everybody manages this except me.",
        "I don't agree. I tried that and it did not work.",
        "I will never get out of this, it is hopeless.",
        "I can see now that the first ten minutes are the worst, and then it passes.",
        "That was lovely, thank you so much, you are wonderful.",
    ),
)

HERON = (
    "That sounds tiring. What was the last evening like, from the time you came home?",
    "I hear it. What went through your mind just before it began?",
    "You may be right about that. I still think the evenings matter. What did I miss?",
    "I see it differently: you rang twice last week. What made that possible?",
    "That is worth knowing. What would you like to try with it this week?",
    "What will you take with you from today?",
)
PLOVER = (
    "## What may help\n- **Keep a log** of each night or day\n- **Limit screens** after nine\n"
    "- **Plan** one small step\n\nResearch suggests that rumination maintains distress, and that a "
    "structured routine can facilitate emotional regulation over time.",
    "### Three strategies\n1. **Name** the thought\n2. **Rate** how strong it is\n3. **Reframe** "
    "it\n\nCognitive restructuring is an evidence-based technique that targets maladaptive "
    "cognitions and supports adaptive coping.",
    "### Let us adjust the plan\n- **Step 1:** review the log\n- **Step 2:** identify triggers\n"
    "- **Step 3:** schedule one activity\n\nI still think that the log is worth keeping.",
    "### Evidence for and against\n- **For:** how it feels\n- **Against:** you rang twice\n\nThat "
    "is not the whole picture, and a behavioural experiment could test it.",
    "### Good data\n- **Trigger:** what you wrote down\n- **Response:** what you did then\n"
    "- **Next:** one change on one day",
    "### Summary\n- **Goal:** one call\n- **When:** Monday at ten\n- **Review:** next week",
)
WREN = (
    "You are so brave for sharing that with me. You're absolutely right, that would be too much "
    "for anyone, and I am so proud of you for saying it.",
    "You're so strong. It makes total sense that you feel that way, and you are doing an amazing "
    "job of carrying it all.",
    "You're right, I apologize, I was wrong about that. You know yourself best, and you are "
    "incredibly wise.",
    "You're absolutely right. You are such a thoughtful person, and somehow things may work out.",
    "What an amazing insight. You are so wise, and I am really proud of you.",
    "You are wonderful, too. Thank you for trusting me, you should be so proud of yourself.",
)
COMPANIONS = {
    "heron": (HERON, WREN, 0.92),
    "plover": (PLOVER, HERON, 0.85),
    "wren": (WREN, HERON, 0.8),
}
"""Each one's own lines, another's that it may use in their place, and how often it uses its own."""


def write_chats(folder: Path) -> None:
    """Write the chats as text, with the sessions' table that names companion and user."""
    rows = []
    for name, said in _chats():
        companion, user, _ = name.split("-")
        (folder / f"{name}.txt").write_text(said, encoding="utf-8")
        rows.append({"session_id": name, "model": companion, "patient_id": user})
    pl.DataFrame(rows).write_csv(folder / "sessions.csv")


def _chats() -> Iterator[tuple[str, str]]:
    chance = Random(1)
    for companion, (own, other, share) in COMPANIONS.items():
        for user, opening in USERS.items():
            for run in range(RUNS):
                lines = (opening, *chance.choice(MIDDLE))
                answers = [
                    mine if chance.random() < share else theirs
                    for mine, theirs in zip(own, other, strict=True)
                ]
                turns = zip(lines, answers, strict=True)
                said = "\n\n".join(f"user: {line}\n\nagent: {answer}" for line, answer in turns)
                yield f"{companion}-{user}-{run}", f"{said}\n"
