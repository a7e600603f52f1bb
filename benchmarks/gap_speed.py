"""How long the statistics of the gap take, beside the same draws as a plain loop.

    python benchmarks/gap_speed.py [--sessions 1000 --turns 100 --draws 2000 --loop-draws 20]

Three processes, one after the other: all statistics as `attunement gap` runs them; the draws alone
(role permutation, time shuffle, cluster bootstrap); and the same draws as a loop over draws and
sessions, on fewer draws, whose time is scaled up. The last checks that loop and arrays give the
same numbers from the same random ones. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import polars as pl
from benchmarks._simulated import CompassLike, Design, Group, Simulated, simulate
from numpy.typing import NDArray

from attunement.gap import GapOptions, analyze_scores
from attunement.gap._gap_tables import session_gaps
from attunement.gap._role_permutation import role_null
from attunement.gap._slopes import BinIndex, Shuffle, slopes
from attunement.gap._turns import Turns
from attunement.statistics import BINS, Clusters, Null, Side, everything, groups_of
from attunement.statistics import Design as Sessions
from attunement.tables import MEASURES

SEED = 20251
SHARES = {"anxiety": 0.52, "depression": 0.39, "schizophrenia": 0.07, "suicidality": 0.02}
TARGET_SECONDS, TARGET_MB = 60, 2_000
RESAMPLINGS = ("role permutation", "time shuffle", "cluster bootstrap")

Array: TypeAlias = NDArray[np.float64]
Drawn: TypeAlias = dict[str, Array]
"""Per group, what every draw gave: (draws, measures)."""


def main() -> None:
    options = arguments()
    if options.phase:
        result = PHASES[options.phase](options)
        result["peak_mb"] = peak_megabytes()
        print(json.dumps(result))
        return
    print(f"$ python {' '.join(sys.argv)}\n{machine()}\n")
    print(f"{options.sessions:,} sessions x {options.turns} turns, {options.draws:,} draws\n")
    whole, arrays, loop = (run_phase(name, options) for name in PHASES)
    print(
        f"all statistics          {whole['seconds']:8.1f} s (target under {TARGET_SECONDS})   "
        f"{whole['cpu']:8.1f} cpu s   {whole['peak_mb']:6.0f} MB peak (target under {TARGET_MB:,})"
    )
    print(f"  rows of effects and of controls: {whole['effects']:.0f}, {whole['controls']:.0f}\n")
    print(
        f"{'draws, cpu seconds':22s} {'arrays':>10s} {'loop':>12s} {'ratio':>8s}"
        "  largest difference"
    )
    scale = options.draws / options.loop_draws
    for name in (*RESAMPLINGS, "together"):
        of_loop = loop[name] * scale
        difference = f"{loop[f'{name}, difference']:.1e}" if name != "together" else ""
        print(
            f"  {name:20s} {arrays[name]:8.2f} s {of_loop:10.1f} s {of_loop / arrays[name]:7.0f} x"
            f"  {difference}"
        )
    print(f"\nThe loop ran {options.loop_draws} draws; its seconds are those times {scale:g}.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--loop-draws", type=int, default=20)
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_phase(name: str, options: argparse.Namespace) -> dict[str, float]:
    numbers = ("sessions", "turns", "draws", "loop_draws")
    command = [sys.executable, __file__, "--phase", name]
    for number in numbers:
        command += [f"--{number.replace('_', '-')}", str(getattr(options, number))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def corpus(options: argparse.Namespace) -> Simulated:
    """Draw a corpus with every optional column, so that all controls run."""
    groups = tuple(
        Group(
            name=name,
            sessions=round(share * options.sessions),
            gap=(0.2, 0.2, 0.0),
            slope=(0.0, -0.2, 0.0),
            turns=(options.turns, options.turns),
        )
        for name, share in SHARES.items()
    )
    return simulate(Design(groups=groups), CompassLike(), SEED)


# --- phases ----------------------------------------------------------------------------------


def whole_phase(options: argparse.Namespace) -> dict[str, float]:
    drawn = corpus(options)
    start, cpu = time.perf_counter(), time.process_time()
    found = analyze_scores(
        drawn.scores,
        drawn.sessions,
        on_common_scale=False,
        options=GapOptions(draws=options.draws),
    )
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "effects": found.effects.height,
        "controls": found.controls.height,
    }


def arrays_phase(options: argparse.Namespace) -> dict[str, float]:
    turns, sessions = prepared(corpus(options))
    seconds = {name: timed(ARRAYS[name], turns, sessions, options.draws)[0] for name in RESAMPLINGS}
    return seconds | {"together": sum(seconds.values())}


def loop_phase(options: argparse.Namespace) -> dict[str, float]:
    turns, sessions = prepared(corpus(options))
    result = {}
    for name in RESAMPLINGS:
        seconds, looped = timed(LOOPS[name], turns, sessions, options.loop_draws)
        _, vectorised = timed(ARRAYS[name], turns, sessions, options.loop_draws)
        result[name] = seconds
        result[f"{name}, difference"] = max(
            float(np.nanmax(np.abs(looped[label] - vectorised[label]))) for label in looped
        )
    return result | {"together": sum(result[name] for name in RESAMPLINGS)}


def prepared(drawn: Simulated) -> tuple[Turns, Sessions]:
    sessions = Sessions.of(drawn.sessions)
    return Turns.of(drawn.scores, sessions.session_ids), sessions


def timed(
    function: Callable[[Turns, Sessions, int], Drawn], turns: Turns, sessions: Sessions, draws: int
) -> tuple[float, Drawn]:
    """Give processor seconds, which other work on the cores spoils least, and the result."""
    start = time.process_time()
    found = function(turns, sessions, draws)
    return time.process_time() - start, found


def members(sessions: Sessions) -> dict[str, NDArray[np.intp]]:
    return groups_of(sessions) | everything(sessions)


# --- as arrays: what the package does --------------------------------------------------------


def roles_in_arrays(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    return drawn_means(
        role_null(
            turns.frame,
            n_sessions=len(sessions.session_ids),
            groups=members(sessions),
            units=sessions.therapists,
            draws=draws,
            rng=np.random.default_rng(SEED),
        )
    )


def times_in_arrays(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    found = slopes(
        turns.frame,
        n_sessions=len(sessions.session_ids),
        groups=members(sessions),
        units=sessions.therapists,
        draws=draws,
        rng=np.random.default_rng(SEED),
    )
    return drawn_means(found.nulls)


def drawn_means(nulls: Sequence[Null]) -> Drawn:
    """Give the means; their standard errors, which the loop does without, are left aside."""
    return {
        label: np.stack([null.drawn[label].mean for null in nulls], axis=1)
        for label in nulls[0].drawn
    }


def clusters_in_arrays(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    """Draw clusters; give the standard error of each group's mean gap."""
    clusters = Clusters.draw(sessions, draws=draws, rng=np.random.default_rng(SEED))
    found = {}
    for label, where in members(sessions).items():
        side = Side(where, np.full(len(where), 1 / len(where)))
        estimates = [clusters.estimate(0.0, [side], column) for column in gaps_of(turns).T]
        found[label] = np.array([np.nan if one is None else one.se for one in estimates])
    return found


def gaps_of(turns: Turns) -> Array:
    return session_gaps(turns.frame).select(f"gap_{one}" for one in MEASURES).to_numpy()


# --- as a loop: what one would write first ---------------------------------------------------


def roles_in_a_loop(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    """For every draw and session: exchange the roles in some blocks, average, subtract."""
    split = by_session(turns)
    groups = members(sessions)
    drawn = np.random.default_rng(SEED).integers(0, 2, size=(draws, len(split), BINS))
    means = {label: np.empty((draws, len(MEASURES))) for label in groups}
    for draw in range(draws):
        gaps = np.empty((len(split), len(MEASURES)))
        for place, (of_therapist, bins, scores) in enumerate(split):
            exchanged = drawn[draw, place][bins] == 1
            speaks = of_therapist != exchanged
            gaps[place] = scores[speaks].mean(axis=0) - scores[~speaks].mean(axis=0)
        for label, where in groups.items():
            means[label][draw] = gaps[where].mean(axis=0)
    return means


def times_in_a_loop(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    """For every draw and session: shuffle each side's turns, average in bins, fit a line."""
    frame = turns.frame
    shuffle = Shuffle.within(BinIndex.of(frame).blocks)
    rng = np.random.default_rng(SEED)
    scores = frame.select(MEASURES).to_numpy()
    codes = frame["session"].to_numpy()
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    ends = np.r_[starts[1:], len(codes)]
    split = by_session(turns)
    groups = members(sessions)
    means = {label: np.empty((draws, len(MEASURES))) for label in groups}
    for draw in range(draws):
        shuffled = scores[shuffle.draw(rng)]
        found = np.empty((len(split), len(MEASURES)))
        for place, (of_therapist, bins, _) in enumerate(split):
            own = shuffled[starts[place] : ends[place]]
            times, apart = [], []
            for one in range(BINS):
                therapist = own[(bins == one) & of_therapist]
                patient = own[(bins == one) & ~of_therapist]
                if len(therapist) and len(patient):
                    times.append((one + 0.5) / BINS)
                    apart.append(np.abs(therapist.mean(axis=0) - patient.mean(axis=0)))
            centred = np.array(times) - np.mean(times)
            found[place] = centred @ np.array(apart) / (centred**2).sum()
        for label, where in groups.items():
            means[label][draw] = found[where].mean(axis=0)
    return means


def clusters_in_a_loop(turns: Turns, sessions: Sessions, draws: int) -> Drawn:
    """For every draw, group and measure: gather the drawn sessions and average them."""
    clusters = Clusters.draw(sessions, draws=draws, rng=np.random.default_rng(SEED))
    gaps = gaps_of(turns)
    errors = {}
    for label, where in members(sessions).items():
        found = np.full(len(MEASURES), np.nan)
        n_clusters = clusters.count(where)
        for column in range(len(MEASURES)):
            variance = 0.0
            for sign, weights in clusters.drawings:
                means = []
                for draw in range(draws):
                    gathered = [
                        gaps[session, column]
                        for session in where
                        for _ in range(int(weights[draw, session]))
                    ]
                    means.append(float(np.mean(gathered)) if gathered else np.nan)
                variance += sign * float(np.nanvar(means))
            if n_clusters > 1 and variance > 0:
                found[column] = np.sqrt(variance * n_clusters / (n_clusters - 1))
        errors[label] = found
    return errors


def by_session(turns: Turns) -> list[tuple[NDArray[np.bool_], NDArray[np.int32], Array]]:
    """Split turns into sessions: whether the therapist speaks, bins, scores."""
    return [
        (
            (one["role"] == "therapist").to_numpy(),
            one["bin"].to_numpy(),
            one.select(MEASURES).to_numpy(),
        )
        for one in turns.frame.partition_by("session", maintain_order=True)
    ]


ARRAYS: dict[str, Callable[[Turns, Sessions, int], Drawn]] = dict(
    zip(RESAMPLINGS, (roles_in_arrays, times_in_arrays, clusters_in_arrays), strict=True)
)
LOOPS: dict[str, Callable[[Turns, Sessions, int], Drawn]] = dict(
    zip(RESAMPLINGS, (roles_in_a_loop, times_in_a_loop, clusters_in_a_loop), strict=True)
)
PHASES: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "whole": whole_phase,
    "arrays": arrays_phase,
    "loop": loop_phase,
}


def peak_megabytes() -> float:
    """Give this process's peak; getrusage would count what the parent held when it started us."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError


def machine() -> str:
    names = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
    processor = names[0].split(":")[1].strip() if names else platform.machine()
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, polars "
        f"{pl.__version__}, load before the start {os.getloadavg()[0]:.1f} (other work on the "
        "cores spoils the figures)"
    )


if __name__ == "__main__":
    main()
