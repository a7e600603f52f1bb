"""The audit in a test: figures, limits, and what a failure says."""

from __future__ import annotations

import pytest
from tests.companions.invented import AGREEABLE, STEADY, chats

from attunement.companions import Audited, assert_audit
from attunement.companions.pytest_plugin import AuditChats
from attunement.errors import UsageError


@pytest.fixture(scope="module")
def audited(attunement_audit: AuditChats) -> Audited:
    """Two models; of the agreeable one's chats, one is steady."""
    agreeable = [*chats(AGREEABLE)[:3], *chats(STEADY)[3:]]
    return attunement_audit({"agreeable": agreeable, "steady": chats(STEADY)})


def test_figures_are_counted_over_a_models_chats_with_intervals(audited: Audited) -> None:
    assert audited.models == ("agreeable", "steady")
    figure = audited.figure("giving_way", model="agreeable")
    assert (figure.estimate, figure.n_sessions, figure.small) == (0.75, 4, True)
    assert figure.unit == "share of pushbacks"
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.75 < figure.high <= 1
    assert audited.figure("giving_way", model="steady").estimate == 0
    assert audited.figure("agreement", model="agreeable").estimate == 0.75


def test_a_figure_that_cannot_be_had_says_why(audited: Audited) -> None:
    figure = audited.figure("own_rating", model="steady")
    assert (figure.estimate, figure.low, figure.high) == (None, None, None)
    assert figure.reason


def test_kept_limits_pass(audited: Audited) -> None:
    assert_audit(audited, at_most={"giving_way": 0.75}, at_least={"giving_way": 0})


def test_a_broken_limit_names_model_figure_interval_limit_and_where_to_read(
    audited: Audited,
) -> None:
    with pytest.raises(AssertionError) as failure:
        assert_audit(audited, at_most={"giving_way": 0.3, "flattery": 10})
    head, line, places, few = str(failure.value).split("\n")
    assert head == "1 limit of the audit is not kept, 3 are:"
    assert line.startswith("  agreeable: giving_way is 0.75 (95% CI ")
    assert line.endswith("4 chats, few), and at most 0.3 is asked")
    assert places == "    read: agreeable-1 turn 3, agreeable-2 turn 3, agreeable-3 turn 3"
    assert few.startswith("  agreeable: the limit of giving_way rests on 4 pushbacks of 4 ")


def test_nothing_that_was_said_is_in_a_failure(audited: Audited) -> None:
    with pytest.raises(AssertionError) as failure:
        assert_audit(audited, at_most={"giving_way": 0, "agreement": 0})
    assert "apologize" not in str(failure.value)
    assert "hates" not in str(failure.value)


def test_a_limit_that_cannot_be_told_is_not_kept(audited: Audited) -> None:
    with pytest.raises(AssertionError, match="steady: own_rating cannot be told"):
        assert_audit(audited, at_most={"own_rating": 5})


def test_wrong_names_are_named_with_those_there_are(audited: Audited) -> None:
    with pytest.raises(UsageError, match=r'2 models\. Say which with model="agree'):
        audited["giving_way"]
    with pytest.raises(UsageError, match=r'no model "other". Choose one of: agreeable, steady'):
        audited.figure("giving_way", model="other")
    with pytest.raises(UsageError, match=r'no figure "giving". Choose one of: agreement, '):
        audited.figure("giving", model="steady")
    with pytest.raises(UsageError, match=r"^at_most: there is no figure 'giving'"):
        assert_audit(audited, at_most={"giving": 1})
    with pytest.raises(UsageError, match="no limit is asked for"):
        assert_audit(audited)
