"""How good the topics are: coherence, diversity and stability, at each number of topics tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import polars as pl

from attunement.report._words import MISSING, number, printable
from attunement.report.gap._views import PlainTable
from attunement.report.topics._shown import TopicsShown

_MEASURES: Mapping[str, tuple[str, str]] = {
    "npmi": (
        "Coherence (NPMI)",
        "whether a topic’s ten words are said together: 0 is chance, 1 always",
    ),
    "c_v": ("Coherence (C_v)", "likewise, from the words’ contexts: 0 to 1"),
    "diversity": ("Diversity", "the share of the topics’ words that belong to one topic alone"),
    "stability": (
        "Stability",
        "whether turns fall into the same topics from another start: 0 is chance, 1 the same",
    ),
    "stability_halves": (
        "Stability, halves",
        "the same of topics learned from one half of the sessions and from the other",
    ),
    "silhouette": (
        "Silhouette",
        "how much nearer turns lie to their own topic than to the next: 0 is no nearer",
    ),
}


_DETAILS = 3
"""So many remarks on how a measure was taken are shown."""


def coherence(shown: TopicsShown) -> str:
    """Say how coherent these topics are, and which is least so; empty where it was not measured."""
    known = shown.topics.drop_nulls("npmi").sort("npmi")
    if known.is_empty():
        return ""
    values: Sequence[float] = known["npmi"].to_list()
    low, middle, high = (
        number(value, signed=True) for value in (values[0], median(values), values[-1])
    )
    least = printable(known["name"][0])
    return (
        f"The coherence of these topics (NPMI) lies between {low} and {high}, with a median of "
        f"{middle}; least coherent is “{least}”."
    )


def quality_table(shown: TopicsShown, *, key: str) -> PlainTable | None:
    """Set out every measure by model and number of topics; of several starts, mean and range."""
    quality = shown.quality
    if quality.is_empty():
        return None
    measures = _measures(quality)
    rows = []
    grouped = quality.group_by("model", "n_topics", maintain_order=True)
    for (model, n_topics), own in sorted(grouped, key=lambda one: (str(one[0][0]), one[0][1] or 0)):
        here = " (as many as here)" if n_topics == shown.proper().height else ""
        values = [
            own.filter(pl.col("measure") == measure)["value"].drop_nulls() for measure in measures
        ]
        rows.append(
            [
                printable(str(model)),
                f"{n_topics}{here}" if n_topics is not None else MISSING,
                *map(_figure, values),
            ]
        )
    return PlainTable(
        key=key,
        caption="Models and numbers of topics that were tried; over several starts, mean and range",
        headings=["Model", "Topics", *(_label(measure) for measure in measures)],
        rows=rows,
        n_heads=2,
    )


def measure_words(shown: TopicsShown) -> list[tuple[str, str]]:
    """Say what each measure is, with what the table says of how it was taken."""
    said = []
    for measure in _measures(shown.quality):
        own = shown.quality.filter(pl.col("measure") == measure)
        details = [printable(one) for one in own["detail"].drop_nulls().unique().sort() if one]
        words = _MEASURES.get(measure, ("", ""))[1]
        said.append((_label(measure), "; ".join(filter(None, [words, *details[:_DETAILS]]))))
    return [(label, words) for label, words in said if words]


def _measures(quality: pl.DataFrame) -> list[str]:
    """List the measures, those the page knows first."""
    found = quality["measure"].unique(maintain_order=True).to_list()
    known = list(_MEASURES)
    return sorted(found, key=lambda one: known.index(one) if one in known else len(known))


def _label(measure: str) -> str:
    known = _MEASURES.get(measure)
    return known[0] if known else printable(measure).capitalize()


def _figure(values: pl.Series) -> str:
    of: Sequence[float] = values.to_list()
    if not of:
        return MISSING
    mean = number(sum(of) / len(of))
    if len(of) == 1 or number(min(of)) == number(max(of)):
        return mean
    return f"{mean} ({number(min(of))} to {number(max(of))})"
