"""`python -m attunement.cli`: the command without its script."""

from attunement.cli import main

main()
