"""All figures of a corpus: what they must not depend on, what is refused, what is counted."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from scipy import stats

from attunement.errors import DataError, UsageError
from attunement.tables import VALIDITY
from attunement.validity import (
    POOLINGS,
    ValidityOptions,
    ValidityResult,
    figures_table,
    to_json,
    validate,
)

from .corpora import FEW_DRAWS, Corpus, corpus, rating_rows, sessions_table, turn_scores

OPTIONS = ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter")


@pytest.fixture(scope="module")
def made() -> Corpus:
    return corpus()


@pytest.fixture(scope="module")
def result(made: Corpus) -> ValidityResult:
    return validate(**made.given(), options=OPTIONS)


def test_a_score_that_is_the_rating_agrees_fully() -> None:
    level = np.random.default_rng(0).standard_normal(30)
    sessions = sessions_table(30)
    found = validate(
        scores=turn_scores(sessions, level),
        sessions=sessions,
        ratings=rating_rows(sessions, 3 + level**3),
        options=OPTIONS,
    )
    assert found.main.session["alliance"].spearman.value == pytest.approx(1)
    assert found.main.session["alliance"].n == 30
    assert found.main.session["alliance"].patients == 15
    pearson = stats.pearsonr(level, level**3).statistic
    assert found.main.session["alliance"].pearson.value == pytest.approx(pearson)


def test_a_score_that_is_only_sentiment_agrees_until_sentiment_is_taken_out() -> None:
    generator = np.random.default_rng(2)
    tone, else_said = generator.standard_normal((2, 80))
    sessions = sessions_table(80)
    ratings = rating_rows(sessions, tone + else_said)
    sentiment = turn_scores(sessions, tone, estimator="sentiment")
    of_tone, of_both = (
        validate(
            scores=pl.concat([turn_scores(sessions, score), sentiment]),
            sessions=sessions,
            ratings=ratings,
            options=OPTIONS,
        ).main
        for score in (tone + generator.normal(0, 0.1, 80), tone + else_said)
    )
    assert of_tone.session["alliance"].spearman.value == pytest.approx(0.7, abs=0.12)
    assert of_tone.session_sentiment_out["alliance"].spearman.value == pytest.approx(0, abs=0.2)
    assert of_both.session_sentiment_out["alliance"].spearman.value == pytest.approx(1, abs=0.01)
    beside = of_tone.baselines["sentiment"]["alliance"]
    assert beside.baseline.spearman.value == pytest.approx(
        stats.spearmanr(tone, tone + else_said).statistic
    )


def test_sentiment_is_not_held_against_itself_and_nothing_is_taken_out_where_it_is_not_given(
    made: Corpus, result: ValidityResult
) -> None:
    assert result.main.session_sentiment_out == {}
    plain = to_json(result)
    assert plain["session_sentiment_out"]["reason"].startswith("the sentiment of the turns is not")
    tone = made.scores.filter(pl.col("estimator") == "compass").with_columns(
        estimator=pl.lit("sentiment")
    )
    held = validate(**made.given(scores=pl.concat([made.scores, tone])), options=OPTIONS)
    itself = next(one for one in held.others if one.estimator == "sentiment")
    assert itself.session_sentiment_out["alliance"].reason == "it is the sentiment itself"
    assert "sentiment" not in itself.baselines


def test_a_score_that_is_only_length_agrees_until_length_is_taken_out() -> None:
    generator = np.random.default_rng(1)
    words = generator.integers(5, 200, 80)
    sessions = sessions_table(80)
    found = validate(
        scores=turn_scores(sessions, words + generator.normal(0, 8, 80), words=words),
        sessions=sessions,
        ratings=rating_rows(sessions, words + generator.normal(0, 30, 80)),
        options=OPTIONS,
    ).main
    raw, left = found.session["alliance"].spearman, found.session_length_out["alliance"].spearman
    assert raw.value is not None
    assert left.value is not None
    assert raw.value > 0.8
    assert abs(left.value) < 0.25
    words_alone = found.baselines["words_spoken"]["alliance"]
    assert words_alone.baseline.spearman.value == pytest.approx(raw.value, abs=0.05)
    low, high = words_alone.difference.low, words_alone.difference.high
    assert low is not None
    assert high is not None
    assert low < 0.02 < 0.05
    assert high < 0.1


def test_a_score_that_is_only_in_the_thanks_at_the_end_goes_with_the_closing() -> None:
    generator = np.random.default_rng(2)
    level = generator.standard_normal(60)
    sessions = sessions_table(60)
    scores = turn_scores(sessions, np.zeros(60), turns=16, noise=0.5).with_columns(
        pl.when(pl.col("turn") >= 10)
        .then(pl.Series(np.repeat(level, 16)) + pl.col(name) / 10)
        .otherwise(pl.col(name))
        .alias(name)
        for name in ("alliance", "task", "bond", "goal")
    )
    found = validate(
        scores=scores, sessions=sessions, ratings=rating_rows(sessions, level), options=OPTIONS
    ).main
    raw, left = found.session["alliance"], found.session_without_closing["alliance"]
    assert raw.spearman.value is not None
    assert left.spearman.value is not None
    assert raw.spearman.value > 0.95
    assert abs(left.spearman.value) < 0.35
    assert left.n == 60


def test_differences_between_patients_do_not_count_within_them() -> None:
    # Between patients score and rating rise together; within each patient they part.
    sessions = sessions_table(40, per_patient=2)
    patient = np.arange(40) // 2
    second = np.arange(40) % 2
    found = validate(
        scores=turn_scores(sessions, patient + 0.4 * second),
        sessions=sessions,
        ratings=rating_rows(sessions, patient - 0.4 * second),
        options=OPTIONS,
    ).main
    assert found.between_patients["alliance"].spearman.value == pytest.approx(1)
    assert found.between_patients["alliance"].n == 20
    assert found.within_patient["alliance"].spearman.value == pytest.approx(-1)


def test_patients_who_come_once_say_nothing_of_change_within_patients() -> None:
    made = corpus(30, per_patient=1)
    found = validate(**made.given(), options=OPTIONS).main.within_patient["alliance"]
    assert found.spearman.value is None
    assert "two rated sessions" in str(found.reason)


def test_nothing_depends_on_the_order_of_rows(made: Corpus, result: ValidityResult) -> None:
    shuffled = Corpus(
        scores=made.scores.sample(fraction=1, shuffle=True, seed=1),
        sessions=made.sessions.sample(fraction=1, shuffle=True, seed=2),
        ratings=made.ratings.sample(fraction=1, shuffle=True, seed=3),
    )
    again = validate(**shuffled.given(), estimator="contrast", options=OPTIONS)
    keys = ["estimator", "rated", "inferred", "figure", "scale", "detail", "statistic"]
    both = figures_table(result).join(
        figures_table(again), on=keys, suffix=" again", nulls_equal=True, how="full"
    )
    assert both.height == figures_table(result).height
    for name in ("value", "ci_low", "ci_high"):
        first, second = both[name], both[f"{name} again"]
        assert first.is_null().equals(second.is_null().rename(name))
        assert (first - second).abs().max() < 1e-9  # type: ignore[operator]


def test_units_and_offsets_of_scores_and_ratings_make_no_difference(
    made: Corpus, result: ValidityResult
) -> None:
    measures = ("alliance", "task", "bond", "goal")
    other = made.but(
        scores=made.scores.with_columns(pl.col(name) * 3 + 7 for name in measures),
        ratings=made.ratings.with_columns(pl.col("value") * 10 - 4),
    )
    again = validate(**other.given(), options=OPTIONS)
    for name in ("session", "session_length_out", "session_without_closing", "within_patient"):
        for scale in measures:
            before = getattr(result.main, name)[scale]
            after = getattr(again.main, name)[scale]
            assert after.spearman.value == pytest.approx(before.spearman.value, abs=1e-9)
            assert after.pearson.value == pytest.approx(before.pearson.value, abs=1e-9)


def test_equal_seeds_give_equal_figures_and_others_do_not(
    made: Corpus, result: ValidityResult
) -> None:
    again = validate(**made.given(), options=OPTIONS)
    assert figures_table(again).equals(figures_table(result))
    other = validate(
        **made.given(), options=ValidityOptions(draws=FEW_DRAWS, pooling="last_quarter", seed=1)
    )
    assert other.main.session["alliance"].spearman != result.main.session["alliance"].spearman
    value = other.main.session["alliance"].spearman.value
    assert value == result.main.session["alliance"].spearman.value


def test_the_difference_from_a_baseline_is_taken_on_the_same_draws(result: ValidityResult) -> None:
    # An estimator against itself would differ by nothing; here compass is noise.
    found = result.main.baselines["compass"]["alliance"]
    own = result.main.session["alliance"].spearman.value
    assert own is not None
    assert found.baseline.spearman.value is not None
    assert found.difference.value == pytest.approx(own - found.baseline.spearman.value)
    other = next(one for one in result.others if one.estimator == "compass")
    assert found.baseline.spearman == other.session["alliance"].spearman
    assert "compass" not in other.baselines


def test_the_four_quantities_are_named_and_kept_apart() -> None:
    made = corpus()
    both = pl.concat(
        [made.ratings, made.ratings.with_columns(pl.lit("therapist").alias("rater"))]
    ).with_columns(
        pl.when(pl.col("rater") == "therapist").then(-pl.col("value")).otherwise("value")
    )
    found = validate(**made.given(ratings=both), options=OPTIONS)
    assert (found.rated, found.inferred) == ("patient-rated", "inferred-patient")
    views = {(view.rated, view.inferred): view.session["alliance"] for view in found.main.views}
    assert set(views) == {
        ("patient-rated", "inferred-therapist"),
        ("therapist-rated", "inferred-patient"),
        ("therapist-rated", "inferred-therapist"),
    }
    opposite = views["therapist-rated", "inferred-patient"].spearman.value
    assert opposite == pytest.approx(-found.main.session["alliance"].spearman.value)  # type: ignore[operator]
    turned = validate(**made.given(ratings=both), rater="therapist", options=OPTIONS)
    assert (turned.rated, turned.inferred) == ("therapist-rated", "inferred-therapist")
    assert turned.main.session["alliance"] == views["therapist-rated", "inferred-therapist"]


def test_every_pooling_is_tried_and_the_one_in_use_is_the_sessions_figure(
    result: ValidityResult,
) -> None:
    assert set(result.main.poolings) == set(POOLINGS)
    in_use = result.main.poolings[str(result.main.pooling)]["alliance"]
    assert in_use == result.main.session["alliance"]
    assert result.main.poolings["all_turns"]["alliance"] != in_use


def test_ratings_that_match_nothing_are_counted_and_told(made: Corpus) -> None:
    stray = made.ratings.head(3).with_columns(session_id=pl.lit("elsewhere") + pl.col("session_id"))
    found = validate(**made.given(ratings=pl.concat([made.ratings, stray])), options=OPTIONS)
    assert found.joined.ratings == made.ratings.height
    assert found.joined.ratings_unmatched == 3
    assert any("Left out: 3 ratings of whole sessions" in one for one in found.warnings)


def test_rated_sessions_without_a_score_are_counted_and_told(made: Corpus) -> None:
    silent = (pl.col("session_id") == "s000") & (pl.col("time") >= 0.75)
    scores = made.scores.filter(~silent)
    found = validate(**made.given(scores=scores), options=OPTIONS)
    assert found.main.session["alliance"].n == made.sessions.height - 1
    assert any("1 of 60 sessions rated on alliance" in one for one in found.warnings)
    assert any("says nothing in the last quarter" in one for one in found.warnings)


def test_unrated_sessions_are_counted(made: Corpus) -> None:
    ratings = made.ratings.filter(pl.col("session_id") < "s040")
    found = validate(**made.given(ratings=ratings), options=OPTIONS)
    assert (found.joined.sessions_rated, found.joined.sessions_unrated) == (40, 20)
    assert found.points.height == 40


def test_unknown_patients_are_told_and_drawn_alone(made: Corpus) -> None:
    sessions = made.sessions.with_columns(pl.lit(None, pl.String).alias("patient_id"))
    found = validate(**made.given(sessions=sessions), options=OPTIONS)
    assert found.clusters == "sessions"
    assert found.joined.patients is None
    assert found.main.session["alliance"].patients is None
    assert found.main.between_patients["alliance"].spearman.value is None
    assert any("No patient is named" in one for one in found.warnings)


def test_few_patients_are_told() -> None:
    found = validate(**corpus(40, per_patient=8).given(), options=OPTIONS)
    assert any("The figures rest on 5 patients only" in one for one in found.warnings)


def test_ratings_turned_round_are_told_and_ratings_of_nothing_are_not(made: Corpus) -> None:
    turned = made.ratings.with_columns(value=6 - pl.col("value"))
    (told,) = _asked_round(validate(**made.given(ratings=turned), options=OPTIONS))
    assert "Ratings of alliance, task, bond, goal run against what contrast infers" in told
    mixed = made.ratings.with_columns(pl.col("value").shuffle(seed=3))
    assert _asked_round(validate(**made.given(ratings=mixed), options=OPTIONS)) == []


def _asked_round(found: ValidityResult) -> list[str]:
    return [one for one in found.warnings if "the wrong way round" in one]


@pytest.mark.parametrize(("n", "headlined"), [(19, False), (20, True)])
def test_under_twenty_sessions_nothing_is_headlined(n: int, headlined: bool) -> None:
    found = validate(**corpus(n, per_patient=1).given(), options=OPTIONS)
    assert (found.headline.reason is None) == headlined
    assert found.main.session["alliance"].spearman.value is not None
    assert any("No headline" in one for one in found.warnings) == (not headlined)


def test_under_five_sessions_there_is_a_reason_and_no_figure() -> None:
    found = validate(**corpus(4, per_patient=1).given(), options=OPTIONS)
    figure = found.main.session["alliance"]
    assert (figure.spearman.value, figure.n) == (None, 4)
    assert "at least 5" in str(figure.reason)
    table = figures_table(found).filter(figure="session", scale="alliance")
    assert table["value"].to_list() == [None] * table.height
    assert "at least 5" in table["reason"][0]


def test_ratings_that_are_all_equal_are_refused(made: Corpus) -> None:
    equal = made.ratings.with_columns(value=pl.lit(4.0))
    with pytest.raises(DataError, match="All 60 ratings of alliance by the patient are 4"):
        validate(**made.given(ratings=equal), options=OPTIONS)


def test_one_scale_of_equal_ratings_is_left_out_and_told(made: Corpus) -> None:
    equal = pl.when(pl.col("scale") == "bond").then(4.0).otherwise("value")
    found = validate(**made.given(ratings=made.ratings.with_columns(value=equal)), options=OPTIONS)
    assert list(found.scales) == ["alliance", "task", "goal"]
    assert any("All 60 ratings of bond by the patient are 4" in one for one in found.warnings)


def test_a_therapist_who_always_rates_the_same_stops_nothing(made: Corpus) -> None:
    same = made.ratings.with_columns(rater=pl.lit("therapist"), value=pl.lit(5.0))
    found = validate(**made.given(ratings=pl.concat([made.ratings, same])), options=OPTIONS)
    assert {view.rated for view in found.main.views} == {"patient-rated"}


def test_words_that_were_not_counted_are_told(made: Corpus) -> None:
    found = validate(**made.given(scores=made.scores.drop("words")), options=OPTIONS)
    assert any("were not counted" in one for one in found.warnings)
    assert found.main.baselines["words_spoken"]["alliance"].baseline.spearman.value is None
    assert found.main.poolings["by_words"]["alliance"].reason is not None


def test_ids_that_match_nothing_are_refused_with_both_sides_shown(made: Corpus) -> None:
    other = made.ratings.with_columns(session_id=pl.lit("x-") + pl.col("session_id"))
    with pytest.raises(DataError, match=r'"x-s000".*"s000"'):
        validate(**made.given(ratings=other), options=OPTIONS)


def test_ratings_given_twice_are_refused(made: Corpus) -> None:
    twice = pl.concat([made.ratings, made.ratings.head(1)])
    with pytest.raises(DataError, match='"s000" has two ratings of alliance'):
        validate(**made.given(ratings=twice), options=OPTIONS)


def test_a_rating_that_is_no_number_is_refused(made: Corpus) -> None:
    wrong = made.ratings.with_columns(
        value=pl.when(pl.int_range(pl.len()) == 5).then(float("nan")).otherwise("value")
    )
    with pytest.raises(DataError, match='session "s005" is no finite number'):
        validate(**made.given(ratings=wrong), options=OPTIONS)


def test_a_rater_who_rated_nothing_is_refused(made: Corpus) -> None:
    with pytest.raises(DataError, match=r"no therapist rated.*by: patient"):
        validate(**made.given(), rater="therapist", options=OPTIONS)


def test_no_ratings_at_all_are_refused(made: Corpus) -> None:
    with pytest.raises(DataError, match="there are no ratings"):
        validate(**made.given(ratings=made.ratings.head(0)), options=OPTIONS)


def test_an_estimator_without_scores_is_refused(made: Corpus) -> None:
    with pytest.raises(UsageError, match=r"no scores of .fitted.*contrast, compass"):
        validate(**made.given(), estimator="fitted", options=OPTIONS)


def test_scales_that_two_questionnaires_share_are_named_with_their_questionnaire() -> None:
    made = corpus(scales=("alliance",))
    other = rating_rows(made.sessions, np.arange(60.0), instrument="other")
    found = validate(**made.given(ratings=pl.concat([made.ratings, other])), options=OPTIONS)
    assert set(found.scales) == {"alliance (form)", "alliance (other)"}


def test_a_scale_we_do_not_infer_is_held_against_the_whole() -> None:
    made = corpus(scales=("empathy",))
    found = validate(**made.given(), options=OPTIONS)
    same = validate(
        **made.given(ratings=made.ratings.with_columns(scale=pl.lit("alliance"))), options=OPTIONS
    )
    assert found.main.session["empathy"] == same.main.session["alliance"]


def test_the_json_has_the_promised_names_and_nothing_json_cannot_say(
    result: ValidityResult,
) -> None:
    plain = json.loads(json.dumps(to_json(result), allow_nan=False))
    assert plain["estimator"] == "contrast"
    for block in (
        "session",
        "session_length_out",
        "session_position_out",
        "session_without_closing",
        "within_patient",
        "between_patients",
    ):
        for scale in ("alliance", "task", "bond", "goal"):
            assert {"spearman", "pearson", "ci_low", "ci_high", "n"} <= plain[block][scale].keys()
            assert plain[block][scale]["ci_low"] < plain[block][scale]["ci_high"], (block, scale)
    assert "spearman" in plain["baselines"]["words_spoken"]["alliance"]
    assert "difference_ci_low" in plain["baselines"]["compass"]["alliance"]
    assert plain["turn"] == {"reason": "no turn of that side is rated"}
    assert plain["learning_curve"]["reason"]
    assert plain["intervals"]["alliance"]["coverage"] is None
    assert "questionnaire" in plain["intervals"]["alliance"]["reason"]
    assert plain["estimators"]["compass"]["session"]["bond"]["n"] == 60
    assert plain["joined"]["sessions_rated"] == 60
    assert len(plain["scales_matrix"]["cells"]) == 9


def test_the_table_says_what_the_json_says(result: ValidityResult) -> None:
    table = figures_table(result)
    assert table.schema == VALIDITY.schema
    row = table.row(
        by_predicate=(pl.col("estimator") == "contrast")
        & (pl.col("inferred") == "inferred-patient")
        & (pl.col("figure") == "session_length_out")
        & (pl.col("scale") == "bond")
        & (pl.col("statistic") == "spearman"),
        named=True,
    )
    plain = to_json(result)["session_length_out"]["bond"]
    assert (row["value"], row["ci_low"], row["ci_high"], row["n_sessions"]) == tuple(
        plain[name] for name in ("spearman", "ci_low", "ci_high", "n")
    )


def test_a_learning_curve_is_carried_through(made: Corpus) -> None:
    curve = pl.DataFrame({"n_sessions": [50, 100], "spearman": [0.3, 0.4]})
    found = validate(**made.given(), learning_curve=curve, options=OPTIONS)
    assert to_json(found)["learning_curve"] == curve.to_dicts()
