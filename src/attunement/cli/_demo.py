"""`attunement demo`: the bundled fictional sample through `analyze`, and the report opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attunement.cli._options import Json

TITLE = "Twenty fictional sessions"


def demo(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")
    ] = Path("attunement-demo"),
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the report in the browser.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Analyze the bundled sample: twenty sessions, all of them invented."""
    import webbrowser

    from attunement.alliance import Contrast
    from attunement.cli._analysis import analyze_corpus
    from attunement.cli._encoder import cached_encoder
    from attunement.cli._result import print_result
    from attunement.instruments import load_anchors, load_inventory
    from attunement.sample import sample_folder
    from attunement.transcripts import Corpus, ReadOptions

    bank = load_anchors()
    with sample_folder() as folder, cached_encoder(None) as encoder:
        result = analyze_corpus(
            Corpus([folder], ReadOptions()),
            out,
            estimator=Contrast(bank=bank, inventory=load_inventory()),
            bank=bank,
            encoder=encoder,
            title=TITLE,
            fictional=True,
        )
    print_result(result, as_json=as_json)
    if show:
        webbrowser.open((out / "report.html").resolve().as_uri())
