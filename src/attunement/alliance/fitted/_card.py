"""The model card: what a model was fitted on, how it did on others, and what it is not."""

from __future__ import annotations

from attunement.alliance.fitted._calibration import Knot
from attunement.alliance.fitted._model import FittedModel, HeldOut, ScaleModel


def model_card(model: FittedModel) -> str:
    """Write the card, in Markdown.

    It describes data by counts and figures alone; nothing of a transcript is in it.
    """
    return "\n".join([*_about(model), *_figures(model), *_running(model), *_limits(model)]) + "\n"


def _about(model: FittedModel) -> list[str]:
    sides = sorted({one.perspective for one in model.scales})
    instruments = sorted({one.instrument for one in model.scales})
    return [
        "# Model card: estimated ratings of the alliance",
        "",
        f"Estimates what the {' and the '.join(sides)} would answer to {', '.join(instruments)} "
        "after a session, from what both sides said in it. Made by `attunement fit`.",
        "",
        f"- fitted on: {len(model.learned_from)} rated sessions",
        f"- encoder: {model.encoder_name} (`{model.encoder_fingerprint}`); no other will do",
        "- method: ridge regression on the meaning of each side's turns (whole session, late, "
        "last, early), on its zero-shot alliance scores, and on lengths",
        f"- intervals: {model.level:.0%}, from the errors on patients the heads did not see "
        "(cross-conformal: how often they hold is measured below, not guaranteed), cut to what the "
        "questionnaire allows where that is known",
        *_unknown_patients(model),
        "",
    ]


def _unknown_patients(model: FittedModel) -> list[str]:
    if all(one.held_out.patients is not None for one in model.scales):
        return []
    return [
        "- **patients unknown**: not all sessions name their patient, so sessions of one patient "
        "may have been on both sides, and the figures below are too good if they were"
    ]


def _figures(model: FittedModel) -> list[str]:
    lines = [
        "## On patients it was not fitted on",
        "",
        "Cross-validated in five parts, a patient always whole on one side; the penalty was chosen "
        "inside each part. *mean only* is the error of giving everybody the mean rating of the "
        "other patients. *lowest-rated*: as near the lowest quarter as equal ratings allow, its "
        "share in brackets; empty where they allow none from 10% to 40%.",
        "",
        "| rated by | scale | sessions | patients | Pearson | Spearman | error (RMSE) | mean only "
        f"| interval holds ({model.level:.0%} asked) | of the lowest-rated | width |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(one) for one in model.scales]
    return [*lines, ""]


def _row(one: ScaleModel) -> str:
    held = one.held_out
    cells = [
        one.perspective,
        one.scale,
        str(held.sessions),
        "unknown" if held.patients is None else str(held.patients),
        f"{held.pearson:.3f}",
        f"{held.spearman:.3f}",
        f"{held.rmse:.3f}",
        f"{held.rmse_of_mean:.3f}",
        f"{held.coverage:.1%} [{held.coverage_low:.1%}, {held.coverage_high:.1%}]",
        _of_lowest(held),
        f"{held.width:.2f} of {one.highest - one.lowest:.2f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _of_lowest(held: HeldOut) -> str:
    if held.coverage_of_lowest is None or held.share_of_lowest is None:
        return ""
    return f"{held.coverage_of_lowest:.1%} ({held.share_of_lowest:.0%})"


def _running(model: FittedModel) -> list[str]:
    after = " | ".join("1 turn" if turns == 1 else f"{turns} turns" for turns in _turns(model))
    lines = [
        "## While a session runs",
        "",
        "After each turn the model estimates the rating at the end. How wide the interval then is, "
        "and in brackets how often it held, learned without a fifth of the patients and held "
        "against that fifth:",
        "",
        f"| rated by | scale | {after} |",
        "|---|---|" + "---|" * len(_turns(model)),
    ]
    if not _turns(model):
        return [
            *lines[:2],
            "Too few sessions went on for long enough: until the end the model knows nothing but "
            "the mean rating.",
            "",
        ]
    for one in model.scales:
        found = {knot.turns: _width(knot) for knot in one.knots}
        cells = [found.get(turns, "") for turns in _turns(model)]
        lines.append("| " + " | ".join([one.perspective, one.scale, *cells]) + " |")
    return [*lines, ""]


def _width(knot: Knot) -> str:
    width = f"{2 * knot.half_width:.2f}"
    return width if knot.coverage is None else f"{width} ({knot.coverage:.1%})"


def _turns(model: FittedModel) -> list[int]:
    return sorted({knot.turns for one in model.scales for knot in one.knots})


def _limits(model: FittedModel) -> list[str]:
    return [
        "## What it is not",
        "",
        "- It knows the kind of patients, therapists and sessions it was fitted on. On others, "
        "`attunement validate` with some ratings of theirs says what it is worth.",
        "- An estimate is not a rating. Part of what it follows is how much is said and when; the "
        "figures with length partialled out are in the output of `attunement validate`.",
        "- An interval holds the rating in that share of sessions on average, not for every kind "
        f"of session alike.{_misses(model)}",
        "- A research and supervision aid. It is no diagnostic device and no assessment of risk: a "
        "high estimate is no sign that somebody is safe.",
        "- The folder holds weights and figures, no text, no names and no patients' ids. Of "
        "sessions and patients it keeps marks, to know them again: who has the folder and a list "
        "of ids can find which of them it was made from. Keep it as you keep what it was made "
        "from.",
    ]


def _misses(model: FittedModel) -> str:
    """Name the scales on which the interval misses low ratings more often than others."""
    worse = [
        f"{one.perspective}-rated {one.scale} {one.held_out.coverage_of_lowest:.1%} of the lowest "
        f"against {one.held_out.coverage:.1%} of all"
        for one in model.scales
        if one.held_out.coverage_of_lowest is not None
        and one.held_out.coverage_of_lowest < one.held_out.coverage
    ]
    if not worse:
        return ""
    return f" It misses more where ratings are low, which is where it matters: {'; '.join(worse)}."
