"""The examples that stand beside the formulae come out as they are printed."""

from __future__ import annotations

import doctest

import pytest

from attunement.psychometrics import _concordance, _intraclass, _krippendorff, _selection


@pytest.mark.parametrize("module", [_concordance, _intraclass, _krippendorff, _selection])
def test_the_examples_are_right(module: object) -> None:
    found = doctest.testmod(module, extraglobs={"np": __import__("numpy")})  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0
