"""The two themes: enough contrast in both, and the roles apart for every eye."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

Theme = Mapping[str, str]


@pytest.fixture(scope="module")
def themes(html: str) -> dict[str, Theme]:
    style = html[html.index("<style>") : html.index("</style>")]
    blocks = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r"\{[^{}]*--paper: #[^{}]*--therapist[^{}]*\}", style)
    ]
    light, dark, chosen = blocks
    assert dark == chosen, "the dark theme by preference and by choice differ"
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "muted", "patient", "therapist", "link", "good", "bad"])
@pytest.mark.parametrize("ground", ["paper", "card", "wash"])
def test_text_is_readable_at_wcag_aa(
    themes: dict[str, Theme], theme: str, ink: str, ground: str
) -> None:
    assert contrast(themes[theme][ink], themes[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_banner_is_readable(themes: dict[str, Theme], theme: str) -> None:
    assert contrast(themes[theme]["ink"], themes[theme]["banner"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_roles_differ_most_in_blue_against_red_which_every_kind_of_eye_tells_apart(
    themes: dict[str, Theme], theme: str
) -> None:
    patient, therapist = themes[theme]["patient"], themes[theme]["therapist"]
    warmth = [int(colour[1:3], 16) - int(colour[5:7], 16) for colour in (patient, therapist)]
    assert warmth[0] < -80
    assert warmth[1] > 80
