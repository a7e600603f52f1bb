"""How often the statistics of the gap are right, on corpora whose gap is known.

    python benchmarks/gap_simulation.py --replications 400 --jobs 2

For every design and effect: how often p <= .05 where nothing is there (false positives), how often
the 95% interval holds the true value (coverage; `boot`: the bootstrap check's), how often what is
there is found (power), each with its Monte Carlo standard error. Beside them, in the same run: the
published method (t-tests over pooled turns) and, on some replications, statsmodels' MixedLM. Then
what each makes of a pure wording offset. A design runs a stated share of the replications.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# One thread a process, before numpy is read here or in the processes started below.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import polars as pl  # noqa: E402
from benchmarks._trials.counts import (  # noqa: E402
    judged,
    misses,
    misses_text,
    needs_limits,
    rates_text,
    verdicts,
    verdicts_text,
    with_truth,
)
from benchmarks._trials.designs import TRIALS, Trial  # noqa: E402
from benchmarks._trials.ours import DRAWS, Task, limit, run  # noqa: E402

LIMIT_CORPORA = 6
"""Values in the limit are means over so many large corpora of a design."""


def main() -> None:
    options = arguments()
    print(f"$ python {' '.join(sys.argv)}\n{platform.processor() or platform.machine()}, ", end="")
    print(f"{os.cpu_count()} cores, {options.jobs} processes, Python {platform.python_version()}, ")
    print(f"{DRAWS} draws a replication\n")
    trials = [one for one in TRIALS if not options.design or one.name in options.design]
    start = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        limits = in_pool(pool, limit, limit_tasks(trials))
        rows = in_pool(pool, run, tasks(trials, options))
    answers = judged(with_truth(pl.concat(rows), trials, pl.concat(limits) if limits else None))
    report(answers, trials)
    print(f"\n{time.perf_counter() - start:.0f} s")
    if options.out:
        save(answers, options.out)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first: other numbers, fresh corpora [0]"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--design", action="append", choices=[one.name for one in TRIALS], help="[all]"
    )
    parser.add_argument("--peers", type=int, default=24, help="replications with MixedLM [24]")
    parser.add_argument("--out", type=Path, help="also write every rate to this JSON file")
    return parser.parse_args()


def tasks(trials: Sequence[Trial], options: argparse.Namespace) -> list[Task]:
    """List the replications of each trial, the slow ones first."""
    return [
        Task(trial=trial.name, replication=options.first + number, peers=number < options.peers)
        for trial in trials
        for number in range(max(1, round(trial.share * options.replications)))
    ]


def limit_tasks(trials: Sequence[Trial]) -> list[Task]:
    return [
        Task(trial=trial.name, replication=number)
        for trial in trials
        if needs_limits(trial)
        for number in range(LIMIT_CORPORA)
    ]


def in_pool(
    pool: multiprocessing.pool.Pool, function: Callable[[Task], pl.DataFrame], asked: list[Task]
) -> list[pl.DataFrame]:
    return list(progress(pool.imap_unordered(function, asked), len(asked)))


def progress(results: Iterator[pl.DataFrame], total: int) -> Iterator[pl.DataFrame]:
    start = time.perf_counter()
    for done, result in enumerate(results, start=1):
        if done % 20 == 0 or done == total:
            seconds = time.perf_counter() - start
            print(f"{done}/{total}, {seconds:.0f} s", file=sys.stderr)
        yield result


def report(answers: pl.DataFrame, trials: Sequence[Trial]) -> None:
    found = verdicts(answers)
    for trial in trials:
        own = answers.filter(trial=trial.name)
        n = own["replication"].n_unique()
        print(f"## {trial.name}: {trial.about} ({n} replications)\n")
        if trial.kind == "wording":
            print(verdicts_text(found, trial.name), "\n")
        else:
            print(rates_text(answers, trial.name), "\n")
    missed = misses(answers.filter(~pl.col("trial").is_in(wording(trials))))
    print("## Outside .03 to .07, or .93 to .97, in groups of 20 sessions or more\n")
    print(misses_text(missed))


def wording(trials: Sequence[Trial]) -> list[str]:
    return [one.name for one in trials if one.kind == "wording"]


def save(answers: pl.DataFrame, path: Path) -> None:
    from benchmarks._trials.counts import CELL, rates

    rates(answers, by=(*CELL, "scale", "truth", "is_small")).write_json(path)


if __name__ == "__main__":
    main()
