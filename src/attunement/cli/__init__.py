"""The command line: one module a command, imported only when the command runs."""

from attunement.cli._app import main

__all__ = ["main"]
