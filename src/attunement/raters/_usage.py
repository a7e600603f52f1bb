"""What a rating cost: questions, requests, tokens, seconds, and money where a price is given."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from attunement.errors import UsageError

_COUNTS = ("calls", "attempts", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in whatever currency.

    Attributes
    ----------
    prompt, completion : float
        Of those that are sent, and of those that are answered.
    """

    prompt: float
    completion: float

    @classmethod
    def read(cls, text: str) -> Price:
        """Read ``IN,OUT``.

        Raises
        ------
        UsageError
            These are not two numbers from 0 up.
        """
        try:
            prompt, completion = (float(part) for part in text.split(","))
        except ValueError:
            prompt = completion = -1.0
        if not (0 <= prompt < float("inf") and 0 <= completion < float("inf")):
            raise UsageError(
                "a price is two numbers: of a million tokens sent, and of a million answered",
                mend="Write for example --price 0.15,0.6",
                field="--price",
            )
        return cls(prompt=prompt, completion=completion)

    def of(self, *, prompt_tokens: int, completion_tokens: int) -> float:
        """Give what these tokens cost."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1_000_000


def account(used: pl.DataFrame, *, price: Price | None = None) -> dict[str, object]:
    """Say what was spent.

    Parameters
    ----------
    used : polars.DataFrame
        As `Store.used` gives it.
    price : Price, optional
        Without one, no cost is given.

    Returns
    -------
    dict
        calls, attempts, prompt_tokens, completion_tokens, seconds (of all questions together, so
        more than the clock shows where several are asked at once), cost; and under `judges` the
        same for each.
    """
    return {
        **_account(used, price=price),
        "judges": [
            {"judge": judge, **_account(own, price=price)}
            for (judge,), own in used.group_by("judge", maintain_order=True)
        ],
    }


def _account(used: pl.DataFrame, *, price: Price | None) -> dict[str, object]:
    counts = {name: int(used[name].sum()) for name in _COUNTS}
    seconds = round(float(used["seconds"].sum()), 3)
    if price is None:
        return {**counts, "seconds": seconds}
    cost = price.of(
        prompt_tokens=counts["prompt_tokens"], completion_tokens=counts["completion_tokens"]
    )
    return {**counts, "seconds": seconds, "cost": round(cost, 6)}
