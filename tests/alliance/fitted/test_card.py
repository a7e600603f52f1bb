"""The card says what the model's own figures say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attunement.alliance.fitted import FittedModel
from attunement.alliance.fitted._card import model_card


def rows(card: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    under = card.split(heading)[1].split("\n## ")[0].splitlines()
    table = [line for line in under if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_scales_figures_stand_in_the_card(model: FittedModel) -> None:
    header, _, *body = rows(model_card(model), "## On patients it was not fitted on")
    assert len(body) == len(model.scales) == 3
    for cells, scale in zip(body, model.scales, strict=True):
        found = dict(zip(header, cells, strict=True))
        assert (found["rated by"], found["scale"]) == (scale.perspective, scale.scale)
        assert found["sessions"] == str(scale.held_out.sessions) == "60"
        assert found["patients"] == str(scale.held_out.patients) == "12"
        assert found["Pearson"] == f"{scale.held_out.pearson:.3f}"
        assert found["Spearman"] == f"{scale.held_out.spearman:.3f}"
        assert found["error (RMSE)"] == f"{scale.held_out.rmse:.3f}"
        assert found["mean only"] == f"{scale.held_out.rmse_of_mean:.3f}"
        held = scale.held_out
        assert found["interval holds (90% asked)"] == (
            f"{held.coverage:.1%} [{held.coverage_low:.1%}, {held.coverage_high:.1%}]"
        )
        assert (held.share_of_lowest, held.coverage_of_lowest) != (None, None)
        assert found["of the lowest-rated"] == (
            f"{held.coverage_of_lowest:.1%} ({held.share_of_lowest:.0%})"
        )


def test_how_wide_the_interval_is_while_a_session_runs(model: FittedModel) -> None:
    header, _, *body = rows(model_card(model), "## While a session runs")
    assert header == ["rated by", "scale", "1 turn", "4 turns", "8 turns"]
    for cells, scale in zip(body, model.scales, strict=True):
        assert cells[2:] == [
            f"{2 * knot.half_width:.2f} ({knot.coverage:.1%})" for knot in scale.knots
        ]
        assert all(0.7 < knot.coverage <= 1 for knot in scale.knots if knot.coverage is not None)


def with_held_out(model: FittedModel, **changes: Any) -> FittedModel:
    return replace(
        model,
        scales=tuple(
            replace(one, held_out=replace(one.held_out, **changes)) for one in model.scales
        ),
    )


def test_low_ratings_are_said_to_be_missed_only_where_they_are(model: FittedModel) -> None:
    worse = with_held_out(model, coverage=0.9, coverage_of_lowest=0.82, share_of_lowest=0.26)
    card = model_card(worse)
    assert "patient-rated alliance 82.0% of the lowest against 90.0% of all" in card
    assert "| 82.0% (26%) |" in card
    better = with_held_out(model, coverage=0.9, coverage_of_lowest=0.95, share_of_lowest=0.26)
    assert "misses more" not in model_card(better)
    unknown = with_held_out(model, coverage_of_lowest=None, share_of_lowest=None)
    assert "misses more" not in model_card(unknown)
    header, _, first, *_ = rows(model_card(unknown), "## On patients it was not fitted on")
    assert dict(zip(header, first, strict=True))["of the lowest-rated"] == ""


def test_without_knots_the_card_says_that_nothing_is_known_early(model: FittedModel) -> None:
    short = replace(model, scales=tuple(replace(one, knots=()) for one in model.scales))
    part = model_card(short).split("## While a session runs")[1].split("\n## ")[0]
    assert "Too few sessions went on for long enough" in part
    assert "|" not in part


def test_the_card_names_the_encoder_the_instrument_and_what_it_is_not(model: FittedModel) -> None:
    card = model_card(model)
    assert "hashed words (`hashed-words-1`)" in card
    assert "the patient and the therapist would answer to SRS" in card
    assert "fitted on: 60 rated sessions" in card
    assert "no diagnostic device and no assessment of risk" in card
