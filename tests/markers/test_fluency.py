"""Fillers, repeats and repairs: lines counted by hand, and lines counted by somebody else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.markers.talk import said

from attunement.markers import NON_FLUENCIES, turn_markers

LINES = Path(__file__).parent / "spoken_lines.csv"


def counts(text: str) -> tuple[int, int, int]:
    row = turn_markers(said(text)).select(NON_FLUENCIES).row(0)
    return int(row[0]), int(row[1]), int(row[2])


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("Um, it was, uh, late, er, you see.", 3),
        ("ummm uhhh errr hmmmm uhm erm ehm", 7),
        ("UM. Uhm… HMM?", 3),
        ("&-um so &-uh yes", 2),  # CHAT
        ("There (um) and [uh] there", 2),
        ("Mm-hm. Uh-huh. mhm, mm-hmm", 0),  # answers
        ("uh huh", 0),
        ("uh oh", 0),
        ("mm hm", 0),
        ("Mm. Yes.", 0),
        ("It's, mm, hard.", 1),
        ("Hmm. Let me think.", 1),
        ("The museum, a summer hum, her umbrella, error, number", 0),
        ("We went to the ER at night.", 0),
        ("It's, you know, late. You know, I left.", 2),
        ("It's late, you know?", 1),
        ("You know him. Do you know? If you know, say so. As you know, he left.", 0),
        ("You know what, I know that you know it.", 0),
        ("It was, like, late. Like, really?", 2),
        ("i like totally forgot", 1),
        ("I like it. She looks like him. It's like a dream. I'd like, well, tea.", 0),
        ("I was like, no way.", 0),
        ("I mean, it's late. Well, I mean, it's early.", 2),
        ("What I mean is this. I mean it. Do you know what I mean?", 0),
        ("Well, I went. So I went. So, well, no.", 0),
        ("He's well, so I slept well.", 0),
    ],
)
def test_fillers_count_only_where_they_fill(text: str, fillers: int) -> None:
    assert counts(text)[0] == fillers


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("I, I went to the the house.", 2),
        ("I I I went", 2),
        ("I- I went. We-we went. I-I-I went.", 4),
        ("I—I went. I... I went. I … I went. I - I went.", 4),
        ("sh- she left, th-thank you, your f- your father", 3),
        ("I was, I was there. It's my, it's my turn to go.", 2),
        ("we were going to we were going to leave", 1),
        ("It's, um, it's late. The, you know, the house.", 2),
        ("going to the, uh, um, the house", 1),
        ("very very late, no no no, yes yes, bye bye, so so, a long, long time", 0),
        ("I'd had had enough.", 1),
        ("He had had enough. That that is is. There, there. It went on and on and on.", 0),
        (
            "It's work, work, work. She cried and cried. More and more and more. Day by day by day",
            0,
        ),
        ("I know, I know. I see, I see.", 0),
        ("I know you, you never forget.", 0),
        ("So you, you stayed?", 1),
        ("Is it? It is. No. No. I went. I went.", 0),  # across full stops
        ("2 2 4 4, 10, 10", 0),
        ("It's... I don't know...", 0),
        ("<I wanted> [/] I wanted to go .", 1),
        ("one [/] one [/] one more", 2),
        ("I do, do you? She is, is she?", 0),
        ('He said "I", I said "no".', 0),
        ("so-so, bye-bye, well-being, re-read, a no-no", 0),
        ("What he did, he did for me.", 0),
    ],
)
def test_repeats_are_said_again_without_emphasis(text: str, repeats: int) -> None:
    assert counts(text)[1] == repeats


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        ("I was go- I left.", 1),
        ("i cant- i couldnt go", 1),
        ("It was th- my idea. We had Thurs- Friday off. At the hos- clinic.", 3),
        ("my brother, I mean my sister, came", 1),
        ("I cried, or rather, I wanted to.", 1),
        ("We went to the, no, actually to my sister's.", 1),
        ("I took two, sorry, three.", 1),
        ("My sis- my cousin, I mean, she left.", 1),  # one repair, not two
        ("She is, was, my friend.", 1),
        ("I just, I couldn't. It's just, um, it's not fair. He left because... he was ill.", 3),
        ("I got an A, I passed. If I could, I would. I walked, I swam. I was sad, and I left.", 0),
        ("I wanted to, well, I was going to.", 1),
        ("<I can't> [//] I couldn't go in .", 1),
        ("it was good +//. it was terrible .", 1),
        ("&+b the doctor said so .", 1),
        ("*angry", 1),
        ("i was angy\n*angry", 1),
        ("*sighs* I was *so* angry", 0),
        ("self- and other-directed, pre- or post-war", 0),
        ("I went home - it was late - and slept. You stayed – good.", 0),
        ("thank you- you helped me. I was tired- and sad. In my home- it was late.", 0),  # dashes
        ("By that I mean nothing. What I mean is this.", 0),
        ("Oh, sorry, I'm late. Yes, no, I see. He said, no, thank you.", 0),
        ("I was about to... never mind.", 0),
        ("the, um, clinic", 0),  # a filler between, nothing mended
        ("I was going to", 0),
    ],
)
def test_repairs_are_found_by_what_shows_them(text: str, repairs: int) -> None:
    assert counts(text)[2] == repairs


def judged(part: str) -> pl.DataFrame:
    lines = pl.read_csv(LINES).filter(pl.col("part") == part)
    found = turn_markers(
        said(*lines["text"]), languages=pl.DataFrame({"session_id": ["s1"], "english": [True]})
    )
    return lines.with_columns(
        *found.select(pl.col("hedges", "negations", *NON_FLUENCIES).name.prefix("found_"))
    ).with_columns(
        hedges="hedged",
        found_non_fluent=pl.max_horizontal(f"found_{kind}" for kind in NON_FLUENCIES),
    )


def f1(lines: pl.DataFrame, kind: str) -> float:
    told, found = lines[kind] > 0, lines[f"found_{kind}"] > 0
    return 2 * int((told & found).sum()) / (int(told.sum()) + int(found.sum()))


def test_lines_labelled_by_somebody_else_are_told_apart() -> None:
    lines = judged("test")
    assert lines.height == 150
    kinds = ("non_fluent", *NON_FLUENCIES, "hedges", "negations")
    figures = {kind: f1(lines, kind) for kind in kinds}
    print("F1 on the test half of spoken_lines.csv:", figures)
    assert figures["non_fluent"] >= 0.85


def test_the_figure_of_agreement_falls_when_nothing_is_found() -> None:
    lines = judged("test").with_columns(found_non_fluent=pl.lit(0))
    assert f1(lines, "non_fluent") == 0
