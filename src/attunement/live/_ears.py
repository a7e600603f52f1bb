"""What is needed to hear a turn, shared by all sessions: loaded once, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from attunement.alliance import Evidence
from attunement.alliance.fitted import FittedModel, Hearing
from attunement.embedding import DEFAULT_MODEL, Encoder
from attunement.live._alarms import Alarms


@dataclass(frozen=True, slots=True)
class Ears:
    """What is needed to hear a turn.

    Attributes
    ----------
    encoder : Encoder
        Embeds turns.
    hearing : Hearing
        The zero-shot axes: the fitted model's own where there is one, else the shipped ones.
    evidence : Evidence
        Finds the nearest anchors; fitted.
    model : FittedModel or None
        Estimates ratings, where there is one.
    alarms : Alarms
        How alarms are to be raised.
    """

    encoder: Encoder
    hearing: Hearing
    evidence: Evidence
    model: FittedModel | None
    alarms: Alarms

    @property
    def english_only(self) -> bool:
        """Whether nothing can be said of what is not English.

        So it is with the model that is used unless another is named. Whoever names another one
        knows what languages it was made for.
        """
        return self.encoder.name == DEFAULT_MODEL

    @property
    def estimator(self) -> str:
        """What the estimates come from."""
        return "contrast" if self.model is None else self.model.name

    @property
    def on_common_scale(self) -> bool:
        """Whether the gap may be read as over- or underestimation."""
        return self.model is not None and self.model.on_common_scale

    @property
    def unit(self) -> str:
        """What estimates are measured in."""
        if self.model is None:
            return "standard deviations of the reference's turns"
        instruments = dict.fromkeys(scale.instrument for scale in self.model.scales)
        return f"points of {', '.join(instruments)}"
