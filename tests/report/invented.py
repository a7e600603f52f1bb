"""Invented tables in the shape the pipeline makes, for drawing: nobody here exists."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import polars as pl

from attunement.report import About, ReportTables
from attunement.tables import EVIDENCE, RATINGS, ROLES, SCALES, SCORES, SESSIONS, TURNS

CONDITIONS = ("anxiety", "depression", "schizophrenia", "suicidality")

PATIENT = (
    "Fine.",
    "Mm.",
    "I don't know. You're the one with the form.",
    "I did the bus thing. Two stops, then I got off and walked, but I did get on it.",
    "No, that's, yeah. That's nearly it. It isn't that I mind her going, it's that nobody asked "
    "whether I minded.",
    "I wrote it down like you said and then I looked at it and it was just a list of things I "
    "haven't done.",
    "Can we talk about something else?",
    "Thanks. Thank you. No, really, thank you.",
    "I told my brother about the plan, the one on the fridge, and he read it out loud in that "
    "voice he has, and for a second I thought, here we go, and then he said, right, so when it's "
    "a three I ring you, and when it's a five I come round, and he just stood there holding it "
    "like it was a recipe. And I thought about what you'd said, that it isn't a test of him or of "
    "me. So we left it up. It's still up. I look at it when I make tea and it's odd but it makes "
    "the kitchen feel more like a place where somebody lives.",
    "You keep saying we.",
    "The voices were quieter when I was planing the door. I noticed because you'd asked me to.",
    "I'd rather do the sleep part first, if that's allowed.",
    "It's your job to say that.",
    "Yes. That's the one. That's what I want to be able to do by the summer.",
)
THERAPIST = (
    "Mm-hm.",
    "Right.",
    "What would make it worth the bus fare, coming here?",
    "I think I went too fast there. Shall we go back to where you were, with your sister?",
    "So the list is for noticing, and then we decide together which one we leave alone.",
    "I've put three things on this sheet and I'd like to get through them today, so if we could "
    "park that and come back to it next week, we'll start with the scale as usual.",
    "You went quiet when I mentioned the group.",
    "Who else knows it's this bad?",
    "And if you did two stops again on Thursday, with the headphones, what would get in the way?",
    "I'd sooner you told me it's no good than that you were polite about it.",
    "Okay. Let's do the sleep part first. What time did you put the light out last night, and "
    "what did you do in the hour before that, and was that the same as the night you told me "
    "about, when the neighbours had people round?",
)
ANCHORS = (
    ("p-task-strong-1", "patient", "task", "strong", "I can see what this exercise is for."),
    ("p-task-weak-1", "patient", "task", "weak", "I don't see the point of these sheets."),
    ("p-bond-strong-1", "patient", "bond", "strong", "I feel you're on my side in this."),
    ("p-bond-weak-1", "patient", "bond", "weak", "You're just saying that because you have to."),
    ("p-goal-strong-1", "patient", "goal", "strong", "That is what I came here to work on."),
    ("p-goal-weak-1", "patient", "goal", "weak", "That's your idea of better, not mine."),
    ("t-bond-strong-1", "therapist", "bond", "strong", "I'm glad you told me."),
    ("t-bond-weak-1", "therapist", "bond", "weak", "Let's keep to the agenda, please."),
)


def about(*, fictional: bool = True, on_common_scale: bool = False) -> About:
    return About(
        title="Alliance in sixteen sessions",
        version="0.1.0",
        estimator="contrast",
        encoder="all-MiniLM-L6-v2, int8",
        encoder_fingerprint="sha256:53aa51172d142c89d9012cce15ae4d6c",
        reference="1,200 turns written for this project, both roles together",
        instruments="own-anchors 1 (9e29f2f47465), own-statements 1 (519a15a55cf5)",
        method="A turn's score is its place on an axis.",
        command="attunement analyze sessions/ -o out/",
        created="3 March 2026, 14:05",
        fictional=fictional,
        on_common_scale=on_common_scale,
        notes=("Consecutive utterances of one speaker were merged.",),
    )


def tables(
    *,
    n_sessions: int = 16,
    n_turns: int = 32,
    conditions: Sequence[str | None] = CONDITIONS,
    seed: int = 7,
    with_ratings: bool = True,
) -> ReportTables:
    """Make `n_sessions` sessions of `n_turns` alternating turns, therapist first."""
    chance = Random(seed)
    turns: list[tuple[object, ...]] = []
    sessions: list[tuple[object, ...]] = []
    scores: list[tuple[object, ...]] = []
    evidence: list[tuple[object, ...]] = []
    ratings: list[tuple[object, ...]] = []
    for place in range(n_sessions):
        condition = conditions[place % len(conditions)]
        session_id = f"s{place % len(conditions) + 1}-{place // len(conditions) + 1:02d}"
        sessions.append((session_id, f"P{place // 2 + 1:02d}", f"T{place % 3 + 1}", condition, 1))
        level, slope = chance.gauss(0, 0.5), chance.gauss(0, 0.7)
        dip = chance.random()
        for turn in range(n_turns):
            role = ROLES[(turn + 1) % 2]
            time = turn / (n_turns - 1)
            arc = level + slope * (time - 0.5) - 1.3 * (abs(time - dip) < 0.12)
            if role == "therapist":
                arc = 0.3 * arc + 0.35
            parts = [arc + chance.gauss(0, 0.75) for _ in SCALES]
            whole = sum(parts) / 3
            raw = [round(value / 10, 4) for value in (*parts, whole)]
            bank = PATIENT if role == "patient" else THERAPIST
            words = bank[chance.randrange(len(bank))]
            turns.append((session_id, turn, role, None, words, turn * 14.0, None, time))
            scores.append((session_id, turn, role, time, "contrast", *parts, whole, *raw))
            own = [anchor for anchor in ANCHORS if anchor[1] == role]
            for rank, anchor in enumerate(chance.sample(own, k=2), start=1):
                key, _, scale, pole, _ = anchor
                near = round(0.7 - 0.1 * rank + chance.gauss(0, 0.05), 3)
                evidence.append((session_id, turn, role, scale, rank, pole, key, near))
        for rater, lift in (("patient", 0.0), ("therapist", 0.4)):
            for scale in SCALES:
                value = round(min(5.0, max(1.0, 3.4 + level + lift + chance.gauss(0, 0.3))), 1)
                ratings.append((session_id, None, rater, "WAI-SR", scale, value))
    score_schema = dict(SCORES.required_schema)
    return ReportTables(
        turns=pl.DataFrame(turns, schema=TURNS.schema, orient="row"),
        sessions=pl.DataFrame(sessions, schema=SESSIONS.schema, orient="row"),
        scores=pl.DataFrame(scores, schema=score_schema, orient="row"),
        evidence=pl.DataFrame(evidence, schema=EVIDENCE.schema, orient="row"),
        ratings=pl.DataFrame(ratings if with_ratings else [], schema=RATINGS.schema, orient="row"),
        anchors=anchor_frame(ANCHORS),
    )


def anchor_frame(anchors: Sequence[tuple[str, str, str, str, str]]) -> pl.DataFrame:
    names = ("anchor", "role", "scale", "pole", "text", "register")
    rows = [(*anchor, "clipped spoken adult plain voice") for anchor in anchors]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")


ATTACK = "</svg></title><script>document.title='owned'</script><img src=x onerror=alert(1)>"
ODD_IDS = (
    ATTACK,
    "a/b#c?d=\"e\" & 'f'",
    "面接 第三回",
    "x" * 120,
    "‮reversed\u0007 bell\x00",
    "session one ",
)


def hostile() -> ReportTables:
    """Make tables in which every name and every word tries to break out of the page.

    Six sessions, in order: markup everywhere; a patient who speaks alone; a therapist who speaks
    alone; constant scores; scores that are not numbers; one turn in all.
    """
    made = tables(n_sessions=6, n_turns=20, conditions=(ATTACK, None, "y" * 90), seed=3)
    ids = dict(zip(made.sessions["session_id"], ODD_IDS, strict=True))
    alone = {ODD_IDS[1]: "patient", ODD_IDS[2]: "therapist"}

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        frame = frame.with_columns(pl.col("session_id").replace_strict(ids))
        for session_id, role in alone.items():
            if "role" in frame.columns:
                elsewhere = pl.col("session_id") != session_id
                frame = frame.filter(elsewhere | (pl.col("role") == role))
        if "turn" in frame.columns:
            last = pl.col("session_id") != ODD_IDS[5]
            frame = frame.filter(last | pl.col("turn").is_null() | (pl.col("turn") == 1))
        return frame

    measures = (*SCALES, "alliance")
    scores = renamed(made.scores).with_columns(
        pl.when(session_id=ODD_IDS[3])
        .then(0.25)
        .when(session_id=ODD_IDS[4])
        .then(float("nan"))
        .otherwise(pl.col(name))
        .alias(name)
        for name in measures
    )
    return ReportTables(
        turns=renamed(made.turns).with_columns(text=pl.lit(ATTACK), speaker=pl.lit(ATTACK)),
        sessions=renamed(made.sessions).with_columns(
            patient_id=pl.lit(ATTACK), therapist_id=pl.lit(ATTACK)
        ),
        scores=scores,
        evidence=renamed(made.evidence).with_columns(
            anchor=pl.lit("a"), pole=pl.lit(ATTACK), scale=pl.lit(ATTACK)
        ),
        ratings=renamed(made.ratings).with_columns(
            rater=pl.lit(ATTACK), instrument=pl.lit(ATTACK), scale=pl.lit(ATTACK)
        ),
        anchors=anchor_frame([("a", "patient", "task", "weak", ATTACK)]),
    )
