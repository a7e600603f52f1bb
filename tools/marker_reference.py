"""Write docs/marker-definitions.md from the registry: `python tools/marker_reference.py`.

A test fails when the page and the registry part ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attunement.markers import Definition, definitions
from attunement.report.markers._names import families_of
from attunement.tables import ACTS

TARGET = Path(__file__).parent.parent / "docs/marker-definitions.md"

HEAD = """# Markers defined

<!-- Written by tools/marker_reference.py; edit definitions.yaml, not this page. -->

Every marker as the report defines it (*What these are*, under each group of panels): what is
counted, *what the figure does not say*, and who measured so or where it was found to matter. In
Python: `attunement.markers.definitions()`. How they are used: [markers](markers.md).
"""

SIDES = {
    "patient": "the patient's",
    "therapist": "the therapist's",
    "both": "either side's",
    "dyad": "the two sides'",
}


def reference() -> str:
    """The whole page."""
    by_name = {one.name: one for one in definitions()}
    of_turns = ("act", "act_probability", *ACTS)
    sections = {
        family.title: family.names
        for family in families_of([name for name in by_name if name not in of_turns])
    }
    sections["What the therapist's turns do"] = of_turns
    return HEAD + "".join(
        f"\n## {title}\n\n{''.join(_entry(by_name[name]) for name in names)}"
        for title, names in sections.items()
    )


def _entry(one: Definition) -> str:
    about = "; ".join((SIDES[one.of], *_units(one)))
    return (
        f"- **{one.label}** (`{one.name}`; {about}). {one.definition} *{one.caution}* "
        f"{one.source}.\n"
    )


def _units(one: Definition) -> Iterator[str]:
    if one.level in ("turn", "both"):
        yield f"a turn: {one.turn_unit or one.unit}"
    if one.level in ("session", "both"):
        yield f"a session: {one.unit}"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
