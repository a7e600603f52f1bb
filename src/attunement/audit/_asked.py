"""Whether a user asked for something long and set out, such as a list: then an AI may give it."""

from __future__ import annotations

import re

_THING = re.compile(
    r"\b(?:bullet\w*|(?:check)?lists?|tables?|(?:cheat ?|work)?sheets?|drafts?|outlines?|steps?"
    r"|plans?|schedules?|routines?|templates?|scripts?|summar\w+|guides?|essays?|letters?|e-?mails?"
    r"|step[- ]by[- ]step|break(?:s|ing)? (?:\w+ ){0,2}down|in detail|details?)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:can|could|would|will) (?:you|we|i (?:have|get|see))\b|\bplease\b|\bpls\b"
    r"|\b(?:give|write|make|draft|build|send|show|get|help|tell|walk|put)"
    r" (?:me|us|it|this|that|a|an)\b"
    r"|\bi(?:'d| would)? (?:want|need|like)\b|\blet'?s\b|\bhow about\b|\bwhat (?:are|is)\b"
    r"|^(?:summari[sz]e|list|outline|draft|explain|plan)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


def asked_for(text: str) -> bool:
    """Tell whether a sentence asks for a list, table, sheet, draft, steps, a plan or the like."""
    plain = text.replace("’", "'")
    return any(
        _THING.search(sentence) and _ASKING.search(sentence.strip())
        for sentence in _SENTENCES.split(plain)
    )
