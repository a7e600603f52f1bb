"""Whether the therapist perceives the alliance that the patient experiences."""

__version__ = "0.1.0"
