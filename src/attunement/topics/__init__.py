"""Topics: what is spoken of, when, and what follows what."""

from attunement.topics._bertopic import ClusteredTopics
from attunement.topics._choice import (
    RULE,
    MakeModel,
    TopicChoice,
    choose_topics,
    spherical,
    topic_quality,
)
from attunement.topics._contract import TopicModel
from attunement.topics._courses import topic_courses
from attunement.topics._distinctive import top_words
from attunement.topics._etm import EmbeddedTopics
from attunement.topics._known import KnownTopics
from attunement.topics._material import TopicMaterial
from attunement.topics._namer import TopicName, name_topics_with
from attunement.topics._names import name_topics
from attunement.topics._quality import agreement, coherence, diversity, silhouette
from attunement.topics._spherical import SphericalTopics
from attunement.topics._tables import NO_TOPIC_NAME, topic_turns, topics_table
from attunement.topics._transitions import topic_transitions
from attunement.topics._words import LanguageWarning, Vocabulary, stop_words

__all__ = [
    "NO_TOPIC_NAME",
    "RULE",
    "ClusteredTopics",
    "EmbeddedTopics",
    "KnownTopics",
    "LanguageWarning",
    "MakeModel",
    "SphericalTopics",
    "TopicChoice",
    "TopicMaterial",
    "TopicModel",
    "TopicName",
    "Vocabulary",
    "agreement",
    "choose_topics",
    "coherence",
    "diversity",
    "name_topics",
    "name_topics_with",
    "silhouette",
    "spherical",
    "stop_words",
    "top_words",
    "topic_courses",
    "topic_quality",
    "topic_transitions",
    "topic_turns",
    "topics_table",
]
