"""The published estimator, against its equations written out."""

from __future__ import annotations

import numpy as np
from tests.alliance.conftest import Shifted

from attunement.alliance import COLUMNS, Compass
from attunement.embedding import Encoder
from attunement.instruments import load_inventory
from attunement.tables import ROLES, SCALES, Role

TEXTS = ["you listened to me", "i did not do the homework", "we want the same thing"]


def test_a_scale_is_the_keyed_sum_of_cosines_to_the_speakers_form(encoder: Encoder) -> None:
    inventory = load_inventory()
    vectors = encoder.encode(TEXTS)
    fitted = Compass().fit(encoder)
    for role in ROLES:
        scores = fitted.raw(vectors, [role] * len(TEXTS))
        for row, vector in enumerate(vectors):
            expected: dict[str, float] = dict.fromkeys(SCALES, 0.0)
            for item in inventory.items:
                statement = encoder.encode([item.presented(role)])[0]
                expected[item.scale] += item.key * float(vector @ statement)
            total = sum(expected.values())
            np.testing.assert_allclose(scores[row], [*expected.values(), total], atol=1e-5)


def test_an_equal_offset_of_every_cosine_leaks_into_bond_and_task_as_the_wai_key_has_it(
    encoder: Encoder, shifted: Shifted
) -> None:
    # Every statement moves by the same vector s, so each cosine with a turn e moves by e . s.
    vectors = encoder.encode(TEXTS)
    roles: list[Role] = ["patient"] * len(TEXTS)
    before = Compass().fit(encoder).raw(vectors, roles)
    after = Compass().fit(shifted).raw(vectors, roles)
    offset = vectors @ shifted.shift
    keys = {"task": 2, "bond": 6, "goal": 0, "alliance": 8}
    for column, name in enumerate(COLUMNS):
        np.testing.assert_allclose(
            after[:, column] - before[:, column], keys[name] * offset, atol=1e-5
        )
