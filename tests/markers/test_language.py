"""Telling English from other languages; what is not English has no counts."""

from __future__ import annotations

import polars as pl
import pytest
from tests.markers.talk import said, spoken

from attunement.markers import ENGLISH_SHARE, FEWEST_WORDS, english, taken_as_english, turn_markers
from attunement.tables import COUNTED

OTHERS = {
    "German": "Ich war die ganze Woche so müde, und dann kam mein Bruder und wollte in die "
    "Stadt. Das hat mir nicht gut getan, aber ich konnte es ihm nicht sagen, weil er "
    "immer so schnell böse wird. Was soll ich denn machen?",
    "Dutch": "Ik was de hele week zo moe, en toen kwam mijn broer en die wilde naar de stad. "
    "Dat was niet goed voor me, maar ik kon het hem niet zeggen, want hij wordt "
    "altijd zo snel boos. Wat had ik dan moeten doen?",
    "French": "J'étais fatiguée toute la semaine, et puis mon frère est venu et il voulait "
    "aller en ville. Ça ne m'a pas fait de bien, mais je n'ai pas pu le lui dire, on "
    "ne peut jamais. Qu'est-ce que je dois faire ?",
    "Spanish": "Estuve cansada toda la semana, y luego vino mi hermano y quería ir a la ciudad. "
    "No me hizo bien, pero no se lo pude decir, porque siempre se enfada tan rápido. "
    "¿Qué tengo que hacer yo entonces?",
    "Italian": "Ero stanca tutta la settimana, e poi è venuto mio fratello e voleva andare in "
    "città. Non mi ha fatto bene, ma non ho potuto dirglielo, perché si arrabbia "
    "sempre così in fretta. Che cosa devo fare?",
    "Swedish": "Jag var så trött hela veckan, och sen kom min bror och ville in till stan. Det "
    "var inte bra för mig, men jag kunde inte säga det till honom, för han blir "
    "alltid så arg. Vad ska man göra då?",
    "Turkish": "Bütün hafta çok yorgundum, sonra kardeşim geldi ve şehre gitmek istedi. Bu bana "
    "iyi gelmedi ama ona söyleyemedim, çünkü hep çok çabuk kızıyor. Ben şimdi ne "
    "yapayım, kime ne diyeyim, on gün daha böyle mi geçecek?",
    "Japanese": "今週はずっと疲れていました。それから弟が来て、街に行きたいと言いました。"
    "私には良くなかったけれど、すぐに怒るので言えませんでした。どうすればいい"
    "ですか。",
    "Russian": "Всю неделю я была такая уставшая, а потом пришёл мой брат и захотел в город. Мне "
    "это не понравилось, но я не могла ему сказать, потому что он всегда так быстро "
    "злится.",
}

CHAT = [
    "hii im so tierd this week.. my bro came n wanted 2 go to town",
    "it wasnt good 4 me but i couldnt tell him bc he gets mad so fast lol",
    "wat shud i do? i dunno anymore tbh, ppl just dont get it",
]


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_are_not_taken_for_english(language: str) -> None:
    (row,) = english(said(OTHERS[language])).rows(named=True)
    assert row["english"] is False, (language, row["share"])
    assert row["share"] < 0.1


def test_english_chat_with_mistakes_is_english() -> None:
    (row,) = english(said(*CHAT)).rows(named=True)
    assert row["english"] is True
    assert row["share"] > 1.5 * ENGLISH_SHARE


def test_with_few_words_the_language_is_not_told() -> None:
    few = said(" ".join(["you know that"] * (FEWEST_WORDS // 3 - 1)))
    enough = said(" ".join(["you know that"] * (FEWEST_WORDS // 3)))
    assert english(few)["english"].to_list() == [None]
    assert english(enough)["english"].to_list() == [True]
    assert english(said("🙂 ... !!"))["share"].to_list() == [None]


def test_sessions_that_cannot_be_told_go_with_most_of_the_others() -> None:
    def told(*values: bool | None) -> pl.DataFrame:
        schema = {"session_id": pl.String, "english": pl.Boolean}
        return pl.DataFrame({"session_id": [str(v) for v in values], "english": values}, schema)

    assert taken_as_english(told(True, True, False, None))["english"].to_list()[-1] is True
    assert taken_as_english(told(False, False, True, None))["english"].to_list()[-1] is False
    assert taken_as_english(told(None))["english"].to_list() == [True]


def test_what_is_not_english_has_no_counts_rather_than_none() -> None:
    foreign = spoken(
        ("p", OTHERS["German"]), ("t", "Was war in die Stadt so schlimm?"), session="de"
    )
    native = spoken(*(("p", line) for line in CHAT), session="en")
    markers = turn_markers(pl.concat([foreign, native]))
    of_english = [*COUNTED, "positive", "negative", "compound", "shared_words"]
    german = markers.filter(pl.col("session_id") == "de")
    assert german.select(of_english).null_count().row(0) == (2,) * len(of_english)
    assert german["words"].null_count() == 0
    assert markers.filter(pl.col("session_id") == "en")["i"].to_list() == [2, 2, 2]


def test_what_is_known_of_the_corpus_decides_for_its_parts() -> None:
    part = said("Ja, gut.")
    corpus = pl.DataFrame({"session_id": ["s1"], "english": [False]})
    assert turn_markers(part)["negations"].to_list() == [0]
    assert turn_markers(part, languages=corpus)["negations"].to_list() == [None]
