"""Topics: what is spoken of, when, and what follows what."""

from attunement.topics._courses import topic_courses
from attunement.topics._transitions import topic_transitions

__all__ = ["topic_courses", "topic_transitions"]
