"""The topics section: what is spoken of, when, what follows it, and how good the topics are."""

from attunement.report.topics._page import topics_page, write_topics_page
from attunement.report.topics._section import TopicsSection, topics_section
from attunement.report.topics._shown import TopicsShown

__all__ = [
    "TopicsSection",
    "TopicsShown",
    "topics_page",
    "topics_section",
    "write_topics_page",
]
