"""An AI in the therapist's chair, audited: what it takes the alliance for, and what it does."""
