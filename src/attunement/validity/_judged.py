"""What language models judged, beside what is inferred from words: of whose view, on what scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from attunement.validity._intervals import EstimateError
from attunement.validity._material import Target

ANOTHER_INSTRUMENT = "the judge filled in another instrument, so its numbers do not compare"


def of_perspective(
    estimates: pl.DataFrame | None, judged: Mapping[str, str], *, rater: str
) -> pl.DataFrame | None:
    """Leave out judges that answered as somebody else than the rater."""
    if estimates is None or not judged:
        return estimates
    other = pl.col("estimator").is_in(list(judged)) & (pl.col("perspective") != rater)
    return estimates.filter(~other)


def left_out(
    estimates: pl.DataFrame | None, judged: Mapping[str, str], *, rater: str
) -> Iterator[str]:
    """Name the judges that answered as somebody else, and whose ratings they belong beside."""
    if estimates is None:
        return
    other = estimates.filter(
        pl.col("estimator").is_in(list(judged)), pl.col("perspective") != rater
    )
    pairs = other.select("estimator", "perspective").unique(maintain_order=True)
    for estimator, perspective in pairs.iter_rows():
        article = "an" if perspective == "observer" else "the"
        yield (
            f"{estimator} answered as {article} {perspective}, and is held against "
            f"{perspective}s' ratings only: ask with the {perspective} as rater."
        )


def judged_name(perspective: str) -> str:
    """Name what a judge answered from one side's perspective; it is neither inferred nor rated."""
    return f"judged-{perspective}"


def on_its_scale(target: Target, instrument: str | None) -> bool:
    """Whether a judge filled in the questionnaire that was rated."""
    return instrument is None or instrument.casefold() == target.instrument.casefold()


def no_error() -> EstimateError:
    """Say why a judge's numbers are not held against another questionnaire's."""
    return EstimateError(reason=ANOTHER_INSTRUMENT)
