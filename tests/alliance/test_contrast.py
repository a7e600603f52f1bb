"""The default estimator: free of offsets, and pointing from weak to strong."""

from __future__ import annotations

import numpy as np
import pytest
from tests.alliance.conftest import Shifted

from attunement.alliance import Contrast, Vectors
from attunement.embedding import Encoder
from attunement.instruments import AnchorBank, Inventory, load_anchors, load_inventory
from attunement.tables import ROLES, SCALES, Role, Scale


def test_an_equal_offset_of_every_cosine_cancels(encoder: Encoder, shifted: Shifted) -> None:
    # Every anchor and statement moves by one vector, so all their cosines with a turn move alike.
    before, after = Contrast().fit(encoder), Contrast().fit(shifted)
    for role in ROLES:
        np.testing.assert_allclose(before.axes_[role], after.axes_[role], atol=1e-5)


@pytest.mark.parametrize("weight", [0.0, 0.1, 2.0])
def test_the_axis_is_the_ridge_solution_plus_the_weighted_contrast_of_statements(
    encoder: Encoder, weight: float
) -> None:
    fitted = Contrast(inventory_weight=weight, penalty=0.03, shared=0.0).fit(encoder)
    for role in ROLES:
        neutral = [line.text for line in load_anchors().neutral_of(role)]
        for column, scale in enumerate(SCALES):
            said = _ridge(encoder, *_anchor_texts(role, scale), neutral, penalty=0.03)
            stated = _contrast(encoder, *_statement_texts(role, scale))
            expected = _unit(said + weight * stated)
            np.testing.assert_allclose(fitted.axes_[role][:, column], expected, atol=1e-5)


def test_a_heavy_penalty_without_neutral_lines_gives_the_plain_difference_of_poles(
    encoder: Encoder,
) -> None:
    fitted = Contrast(inventory_weight=0.0, penalty=1e6, neutral=False, shared=0.0).fit(encoder)
    plain = _contrast(encoder, *_anchor_texts("patient", "bond"))
    np.testing.assert_allclose(fitted.axes_["patient"][:, 1], plain, atol=1e-4)


def test_neutral_lines_draw_their_own_scores_towards_the_middle_of_the_poles(
    encoder: Encoder,
) -> None:
    neutral = encoder.encode([line.text for line in load_anchors().neutral_of("patient")])
    spread = {}
    for held in (True, False):
        axes = Contrast(inventory_weight=0.0, neutral=held).fit(encoder).axes_["patient"]
        spread[held] = np.std(neutral @ axes[:, 3])
    assert spread[True] < spread[False]


def test_a_scales_axis_is_drawn_to_the_wholes_by_the_share_asked_for(encoder: Encoder) -> None:
    own, drawn, all_one = (Contrast(shared=share).fit(encoder) for share in (0.0, 0.25, 1.0))
    for role in ROLES:
        whole = own.axes_[role][:, 3]
        np.testing.assert_array_equal(drawn.axes_[role][:, 3], whole)
        for column in range(len(SCALES)):
            expected = _unit(0.75 * own.axes_[role][:, column] + 0.25 * whole)
            np.testing.assert_allclose(drawn.axes_[role][:, column], expected, atol=1e-6)
            np.testing.assert_allclose(all_one.axes_[role][:, column], whole, atol=1e-6)


def test_by_default_a_third_of_a_scale_is_the_whole(encoder: Encoder) -> None:
    default, third = Contrast().fit(encoder), Contrast(shared=1 / 3).fit(encoder)
    np.testing.assert_array_equal(default.axes_["patient"], third.axes_["patient"])


def test_by_default_the_inventory_counts_a_tenth_of_the_anchors(encoder: Encoder) -> None:
    default, tenth = Contrast().fit(encoder), Contrast(inventory_weight=0.1).fit(encoder)
    np.testing.assert_array_equal(default.axes_["patient"], tenth.axes_["patient"])


def _anchor_texts(role: Role, scale: Scale) -> tuple[list[str], list[str]]:
    cell = [one for one in load_anchors().anchors if one.role == role and one.scale == scale]
    strong = [one.text for one in cell if one.pole == "strong"]
    return strong, [one.text for one in cell if one.pole == "weak"]


def _statement_texts(role: Role, scale: Scale) -> tuple[list[str], list[str]]:
    items = [item for item in load_inventory().items if item.scale == scale]
    opposites = [item.opposite(role) or "" for item in items]
    return [item.wording(role) for item in items], opposites


def _ridge(
    encoder: Encoder, strong: list[str], weak: list[str], neutral: list[str], *, penalty: float
) -> Vectors:
    """Solve the same least squares by another road: rows added for the penalty and the mean."""
    groups = [encoder.encode(texts).astype(np.float64) for texts in (strong, weak, neutral)]
    shares = np.concatenate([np.full(len(one), 1 / 3 / len(one)) for one in groups])
    targets = np.repeat([1.0, -1.0, 0.0], [len(one) for one in groups])
    rows = np.hstack([np.vstack(groups), np.ones((len(shares), 1))]) * np.sqrt(shares)[:, None]
    width = rows.shape[1] - 1
    added = np.hstack([np.sqrt(penalty) * np.eye(width), np.zeros((width, 1))])
    answer = np.concatenate([targets * np.sqrt(shares), np.zeros(width)])
    slopes = np.linalg.lstsq(np.vstack([rows, added]), answer, rcond=None)[0][:-1]
    return _unit(slopes)


def _contrast(encoder: Encoder, strong: list[str], weak: list[str]) -> Vectors:
    return _unit(encoder.encode(strong).mean(axis=0) - encoder.encode(weak).mean(axis=0))


def test_the_whole_has_an_axis_from_the_anchors_of_all_scales(encoder: Encoder) -> None:
    axes = Contrast(inventory_weight=0.0, penalty=0.03).fit(encoder).axes_
    for role in ROLES:
        texts = [_anchor_texts(role, scale) for scale in SCALES]
        strong, weak = ([text for pair in texts for text in pair[pole]] for pole in (0, 1))
        neutral = [line.text for line in load_anchors().neutral_of(role)]
        expected = _ridge(encoder, strong, weak, neutral, penalty=0.03)
        np.testing.assert_allclose(axes[role][:, 3], expected, atol=1e-5)


def test_an_inventory_without_reversed_items_leaves_the_anchors_alone(encoder: Encoder) -> None:
    ours = load_inventory()
    one_sided = Inventory(
        name="one-sided",
        version="1",
        licence="none",
        sha256="0",
        items=tuple(
            type(item)(
                number=item.number,
                scale=item.scale,
                key=1,
                patient=item.patient,
                therapist=item.therapist,
            )
            for item in ours.items
        ),
    )
    anchors_only = Contrast(inventory_weight=0.0).fit(encoder)
    with_one_sided = Contrast(inventory=one_sided, inventory_weight=5.0).fit(encoder)
    np.testing.assert_array_equal(anchors_only.axes_["patient"], with_one_sided.axes_["patient"])


def test_a_bank_of_ones_own_is_used(encoder: Encoder) -> None:
    shipped = load_anchors()
    turned = AnchorBank(
        name="turned",
        version="1",
        licence="none",
        sha256="0",
        anchors=tuple(
            type(anchor)(
                anchor_id=anchor.anchor_id,
                scale=anchor.scale,
                role=anchor.role,
                pole="weak" if anchor.pole == "strong" else "strong",
                text=anchor.text,
                register=anchor.register,
            )
            for anchor in shipped.anchors
        ),
        neutral=shipped.neutral,
    )
    one = Contrast(inventory_weight=0.0).fit(encoder)
    other = Contrast(bank=turned, inventory_weight=0.0).fit(encoder)
    np.testing.assert_allclose(one.axes_["patient"], -other.axes_["patient"], atol=1e-6)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / np.linalg.norm(vector))
