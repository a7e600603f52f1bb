"""The markers section, worked out: panels, tables, definitions, associations and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attunement.report._svg import figure, unchecked
from attunement.report._words import MISSING, count, printable
from attunement.report.associations import (
    NEXT_TURN_CAUTION,
    AssociationPart,
    Features,
    association_parts,
)
from attunement.report.gap._rows import ALL_SESSIONS, group_name
from attunement.report.gap._views import EffectBody, EffectCell, EffectRow, EffectTable, Plot
from attunement.report.markers import _act_charts, _side_charts
from attunement.report.markers._act_charts import ActCharts
from attunement.report.markers._means import Groups, Mean, act_courses, session_means
from attunement.report.markers._names import (
    ACT_PREFIX,
    ACTS_FAMILY,
    Family,
    Named,
    Names,
    families_of,
)
from attunement.report.markers._shown import MarkersShown
from attunement.report.markers._side_charts import DYAD, SideRow
from attunement.report.markers._story import (
    CAUTION,
    LIMITS,
    OVER_SESSIONS,
    Means,
    found,
    not_english,
    study,
)
from attunement.statistics import SMALL_GROUP
from attunement.tables import ACTS

MOST_DRAWN = 8
"""With more conditions than this, single ones stand in the tables and are not drawn."""

_SIDES = (("patient", "Patient"), ("therapist", "Therapist"), (DYAD, "Both sides together"))


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """Markers read together: a panel each, a table, and what each of them is."""

    key: str
    title: str
    open: bool
    panels: Sequence[Plot]
    table: EffectTable
    definitions: Sequence[Named]

    @property
    def in_threes(self) -> bool:
        """Whether panels fill rows of three better than rows of four."""
        return in_threes(len(self.panels))


@dataclass(frozen=True, slots=True)
class ActCourses:
    """What the therapist does over session time, in one group."""

    group: str
    remark: str
    panels: Sequence[Plot]


@dataclass(frozen=True, slots=True)
class MarkersSection:
    """The section as its template shows it.

    Attributes
    ----------
    found : str
        How each side speaks, in sentences.
    remarks : sequence of str
        What a reader must know: sessions without markers, what is small, what is not drawn.
    drawn : str
        What the intervals draw again.
    small : int
        Groups of fewer sessions are small.
    families : sequence of FamilyShown
        How each side speaks.
    acts : FamilyShown or None
        What the therapist's turns do, by condition.
    courses : sequence of ActCourses
        The same over session time: all sessions, then each condition.
    sessions, turns : sequence of AssociationPart
        What goes with the alliance of a session, and with the patient's next turn.
    study : str
        What the published study found.
    caution, over_sessions, next_turn, limits : str
        Of what is inferred; of that over sessions; of the patient's next turn; of all of it.
    """

    found: str
    remarks: Sequence[str]
    drawn: str
    small: int
    families: Sequence[FamilyShown]
    acts: FamilyShown | None
    courses: Sequence[ActCourses]
    sessions: Sequence[AssociationPart]
    turns: Sequence[AssociationPart]
    study: str
    caution: str
    over_sessions: str
    next_turn: str
    limits: str


def in_threes(n: int) -> bool:
    """Whether rows of three leave fewer places empty than rows of four."""
    return -n % 3 < -n % 4


@unchecked
def markers_section(shown: MarkersShown) -> MarkersSection:
    """Work out everything the section's template shows."""
    names = Names(shown.definitions)
    groups = Groups.of(shown)
    means = session_means(shown, groups)
    courses = act_courses(shown, groups)
    features = Features(
        kinds="markers",
        labels=names.labels(),
        present=frozenset({*ACTS, *(f"{ACT_PREFIX}{act}" for act in ACTS)}),
    )
    parts = association_parts(shown.associations, shown.controls, features, key="markers-with")
    markers = list(dict.fromkeys(marker for _, marker in means))
    n_groups = len(groups.places) - 1
    acts = [name for name in ACTS_FAMILY.names if name in markers]
    return MarkersSection(
        found=found(means, names),
        remarks=_remarks(shown, groups),
        drawn=groups.drawn,
        small=SMALL_GROUP,
        families=[_family(family, means, names, groups) for family in families_of(markers)],
        acts=_family(Family(ACTS_FAMILY.key, ACTS_FAMILY.title, acts), means, names, groups)
        if acts
        else None,
        courses=_courses(courses, names, groups, most=0 if n_groups > MOST_DRAWN else n_groups),
        sessions=[part for part in parts if part.question.level == "session"],
        turns=[part for part in parts if part.question.level != "session"],
        study=study(parts),
        caution=CAUTION,
        over_sessions=OVER_SESSIONS,
        next_turn=NEXT_TURN_CAUTION,
        limits=LIMITS,
    )


def _remarks(shown: MarkersShown, groups: Groups) -> list[str]:
    said = [not_english(shown.not_applicable(), of=shown.read())]
    n_groups = len(groups.places) - 1
    small = [
        label
        for label, where in groups.places.items()
        if label != ALL_SESSIONS and len(where) < SMALL_GROUP
    ]
    if small:
        said.append(
            f"{count(len(small), 'condition has', 'conditions have')} fewer than {SMALL_GROUP} "
            "sessions: take their means as a first look."
        )
    if n_groups > MOST_DRAWN:
        said.append(
            f"With {n_groups} conditions, single ones stand in the tables and are not drawn."
        )
    if groups.too_many:
        said.append(f"{groups.too_many} conditions are too many to be told apart here.")
    return [*filter(None, said), *map(printable, shown.notes)]


def _family(family: Family, means: Means, names: Names, groups: Groups) -> FamilyShown:
    key = f"markers-{family.key}"
    named = [names[name] for name in family.names]
    return FamilyShown(
        key=key,
        title=family.title,
        open=family.open,
        panels=[_panel(one, means, groups, key=f"{key}-{at}") for at, one in enumerate(named)],
        table=_table(family, named, means, groups, key=f"{key}-table"),
        definitions=[one for one in named if one.definition],
    )


def _panel(named: Named, means: Means, groups: Groups, *, key: str) -> Plot:
    drawn = list(groups.places)
    if len(drawn) - 1 > MOST_DRAWN:
        drawn = [ALL_SESSIONS]
    rows = []
    for group in drawn:
        sides = {
            role: mean
            for role, _ in _SIDES
            if (mean := means.get((role, named.name), {}).get(group)) is not None
        }
        rows.append(SideRow(printable(group), sides))
    return Plot(
        named.label,
        named.unit,
        figure(
            _side_charts.side_chart(rows, named),
            key=key,
            title=f"{named.label}, by side and condition",
            description=_side_charts.described(rows, named),
        ),
    )


def _table(
    family: Family, named: Sequence[Named], means: Means, groups: Groups, *, key: str
) -> EffectTable:
    """Set out a family: groups in rows, markers in columns, a body a side."""
    bodies = []
    for role, title in _SIDES:
        if not any((role, one.name) in means for one in named):
            continue
        rows = []
        for group, where in groups.places.items():
            cells = [_cell(means.get((role, one.name), {}).get(group), one) for one in named]
            n = count(len(where), "session", "sessions")
            remark = f"{n}, small" if len(where) < SMALL_GROUP else n
            label = "All sessions" if group == ALL_SESSIONS else group_name(group)
            rows.append(EffectRow(label, remark, cells))
        bodies.append(EffectBody(title, rows))
    return EffectTable(
        key=key,
        caption=f"{family.title}: mean over sessions [95% CI], each session counting once.",
        corner="Condition",
        headings=[f"{one.label} ({one.unit})" if one.unit else one.label for one in named],
        bodies=bodies,
    )


def _cell(mean: Mean | None, named: Named) -> EffectCell:
    if mean is None:
        return EffectCell(MISSING)
    return EffectCell(
        estimate=named.value(mean.mean),
        interval=named.bounds(mean.low, mean.high),
        beside=count(mean.n_sessions, "session", "sessions"),
    )


def _courses(
    courses: Mapping[str, Mapping[str, Sequence[Mean | None]]],
    names: Names,
    groups: Groups,
    *,
    most: int,
) -> list[ActCourses]:
    """Draw the acts' courses: all sessions, then so many conditions."""
    if not courses:
        return []
    drawn = dict(list(courses.items())[: 1 + most])
    charts = ActCharts(drawn)
    made = []
    for place, (group, acts) in enumerate(drawn.items()):
        panels = []
        for act, course in acts.items():
            named = names[act]
            panels.append(
                Plot(
                    named.label,
                    "",
                    figure(
                        charts.draw(course),
                        key=f"markers-course-{place}-{act}",
                        title=f"{named.label} over session time, {printable(group)}",
                        description=_act_charts.described(course, named),
                    ),
                )
            )
        n = max(mean.n_sessions for course in acts.values() for mean in course if mean)
        label = "all sessions" if group == ALL_SESSIONS else group_name(group)
        made.append(ActCourses(label, count(n, "session", "sessions"), panels))
    return made
