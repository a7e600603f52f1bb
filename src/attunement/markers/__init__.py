"""Language markers: what can be counted in the words of patient and therapist."""

from attunement.markers._acts import ActClassifier
from attunement.markers._alignment import FEWEST_PAIRS, session_semantics
from attunement.markers._all import every_marker
from attunement.markers._answers import answers
from attunement.markers._definitions import Definition, definitions
from attunement.markers._language import ENGLISH_SHARE, FEWEST_WORDS, english, taken_as_english
from attunement.markers._lexicon import telling_words
from attunement.markers._pairs import other_side_before
from attunement.markers._semantic import turn_semantics
from attunement.markers._sentiment import sentiment
from attunement.markers._session_markers import DYAD, NON_FLUENCIES, RATES, session_markers
from attunement.markers._style import FEWEST_STYLE_WORDS, style_match
from attunement.markers._turn_markers import turn_markers

__all__ = [
    "DYAD",
    "ENGLISH_SHARE",
    "FEWEST_PAIRS",
    "FEWEST_STYLE_WORDS",
    "FEWEST_WORDS",
    "NON_FLUENCIES",
    "RATES",
    "ActClassifier",
    "Definition",
    "answers",
    "definitions",
    "english",
    "every_marker",
    "other_side_before",
    "sentiment",
    "session_markers",
    "session_semantics",
    "style_match",
    "taken_as_english",
    "telling_words",
    "turn_markers",
    "turn_semantics",
]
