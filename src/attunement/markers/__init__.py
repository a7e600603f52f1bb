"""Language markers: what can be counted in the words of patient and therapist."""

from attunement.markers._language import ENGLISH_SHARE, FEWEST_WORDS, english, taken_as_english
from attunement.markers._pairs import other_side_before
from attunement.markers._turn_markers import turn_markers

__all__ = [
    "ENGLISH_SHARE",
    "FEWEST_WORDS",
    "english",
    "other_side_before",
    "taken_as_english",
    "turn_markers",
]
