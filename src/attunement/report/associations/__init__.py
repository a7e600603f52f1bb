"""How features of turns or sessions go with the alliance, drawn, set out and told.

What the features are is the caller's: markers, topics, anything an associations table names.

    features = Features(kinds="topics", labels={}, present=frozenset(topic_names))
    parts = association_parts(
        associations, controls, features, key="topics-with", level="next_turn"
    )

`associations` and `controls` have the schemas of `attunement.tables.ASSOCIATIONS` and
`ASSOCIATION_CONTROLS`. `Features` says what the features are called (`labels`, name to plain label;
a name without one is shown as it is) and which of them a turn has or has not (`present`; within
sessions these are compared with against without, the others by one standard deviation). A part is
one question (`Question`: level, target, instrument, scale), the rated alliance first, then the
inferred one, then the patient's next turn (beside which `NEXT_TURN_CAUTION` belongs); `level` keeps
those of one level. A part holds all of its question: sentences (`found`, `open`), a forest of all
sessions (`forest`), the table by condition (`table`), the list of contrasts (`contrasts`), the
controls of what is beyond chance (`controls`) and every figure of all sessions (`figures`).

In a template:

    {% from "associations.html.j2" import association_part, association_key %}
    {{ association_key() }}            {# the marks of the forest, in words: once a section #}
    {% for part in parts %}{{ association_part(part) }}{% endfor %}

`association_part` writes an h4 and what belongs under it; each `key` must be unique in the page.
To lay a part out otherwise, use its attributes: `forest` is Markup, `table` an `EffectTable`,
`contrasts` and `figures` are `PlainTable`s (macros in gap_parts.html.j2).
"""

from attunement.report.associations._features import Features
from attunement.report.associations._part import AssociationPart, association_parts
from attunement.report.associations._questions import Question, questions
from attunement.report.associations._story import NEXT_TURN_CAUTION

__all__ = [
    "NEXT_TURN_CAUTION",
    "AssociationPart",
    "Features",
    "Question",
    "association_parts",
    "questions",
]
