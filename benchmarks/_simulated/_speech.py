"""What is said: turns with a signal, whose noise is autocorrelated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from benchmarks._simulated._population import Array, Codes, Design, Latent, Layout, correlated
from scipy.signal import lfilter

from attunement.tables import SCALES

PATIENT, THERAPIST = 0, 1


@dataclass(frozen=True, slots=True)
class Turns:
    """Every turn: its session, role, number, time in the session, words, and signal (n, scales)."""

    session: Codes
    role: Codes
    number: Codes
    time: Array
    words: Codes
    signal: Array


def draw_turns(design: Design, layout: Layout, latent: Latent, rng: np.random.Generator) -> Turns:
    """Draw sessions in which the roles alternate, either of them first."""
    bounds = np.log(np.array([group.turns for group in design.groups]))[layout.group]
    lengths = np.rint(np.exp(rng.uniform(bounds[:, 0], bounds[:, 1]))).astype(np.intp)
    lengths = np.maximum(lengths, 2)
    session = np.repeat(np.arange(len(lengths)), lengths)
    number = np.arange(len(session)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    role = (number + rng.integers(0, 2, len(lengths))[session]) % 2
    time = number / (lengths[session] - 1)

    log_median = np.log(design.words)
    log_words = log_median[role] + 0.7 * rng.standard_normal(len(session))
    words = np.maximum(np.rint(np.exp(log_words)), 1).astype(np.intp)

    of_therapist = (role == THERAPIST)[:, None]
    gap = latent.gap[session] + latent.slope[session] * (time - 0.5)[:, None]
    signal = (
        latent.truth[session]
        + of_therapist * gap
        + design.length_effect * (np.log(words) - log_median.mean())[:, None]
        + _noise(design, lengths, session, number, role, rng)
    )
    return Turns(session=session, role=role, number=number, time=time, words=words, signal=signal)


def _noise(
    design: Design,
    lengths: Codes,
    session: Codes,
    number: Codes,
    role: Codes,
    rng: np.random.Generator,
) -> Array:
    """Give AR(1) noise of variance 1: one series a session, and one a session and role."""
    longest = int(lengths.max())
    common = autoregressive(design, (len(lengths), longest), rng)[session, number]
    half = (longest + 1) // 2
    of_role = autoregressive(design, (2 * len(lengths), half), rng)
    own = of_role[2 * session + role, number // 2]
    share = design.noise_in_common
    return np.asarray(np.sqrt(share) * common + np.sqrt(1 - share) * own)


def autoregressive(design: Design, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw stationary AR(1) series of variance 1: (series, length, scales)."""
    rho = design.autocorrelation
    drawn = correlated(rng, shape[0] * shape[1], design.between_scales)
    shocks = drawn.reshape(*shape, len(SCALES))
    shocks[:, 1:] *= np.sqrt(1 - rho**2)
    return np.asarray(lfilter([1.0], [1.0, -rho], shocks, axis=1))
