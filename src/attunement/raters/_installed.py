"""Whether the packages are installed that asking needs, and how they are got if not."""

from __future__ import annotations

from importlib import import_module

from attunement.errors import UsageError

PACKAGES = ("aiolimiter", "httpx2", "openai", "tenacity")
"""What is imported to ask, and only then."""


def check_installed() -> None:
    """See that a judge can be asked from this installation, before anything is read or written.

    Raises
    ------
    UsageError
        A package of the extra `raters` is not installed.
    """
    for name in PACKAGES:
        try:
            import_module(name)
        except ImportError as error:
            raise UsageError(
                f"asking a language model needs {error.name or name}, which is not installed",
                mend="Install it with: pip install 'attunement[raters]'",
            ) from error
