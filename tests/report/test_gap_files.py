"""The files for a paper: there, whole, and readable on their own."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from attunement.errors import StorageError
from attunement.gap import GapResult
from attunement.report import write_gap_exports, write_gap_outputs

from .invented import ATTACK
from .invented_gap import gap_about, inferred_gap
from .parsed import parse

FIGURES = ("forest", "trajectories", "bland_altman")
TABLES = ("headline", "between", "convergence", "controls", "congruence")
JUDGING = re.compile(r"(over|under)[- ]?estimat", flags=re.IGNORECASE)


@pytest.fixture(scope="module")
def written(
    inferred: GapResult, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("gap") / "out"
    return folder, write_gap_outputs(folder, inferred, gap_about())


def test_the_list_of_files_is_what_was_written(written: tuple[Path, list[str]]) -> None:
    folder, names = written
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == set(names)
    assert set(names) == {
        "report.html",
        "methods.txt",
        *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")),
        *(f"tables/{name}.html" for name in TABLES),
    }


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_stands_alone_white_in_its_own_colours_with_a_title(
    written: tuple[Path, list[str]], name: str
) -> None:
    source = (written[0] / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(source)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text
    assert root[1].get("fill") == "#ffffff"
    assert "var(" not in source
    assert "class=" not in source
    assert "#23272d" in source


def test_off_a_common_scale_the_table_of_means_carries_no_p_and_what_is_rated_does(
    written: tuple[Path, list[str]],
) -> None:
    source = (written[0] / "tables" / "headline.html").read_text(encoding="utf-8")
    inferred_means, rated_means = source.split("</table>")[:2]
    assert ">p</th>" not in inferred_means
    assert "means anything by itself" in inferred_means
    assert ">p</th>" in rated_means


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_the_figure_three_times_as_large(
    written: tuple[Path, list[str]], name: str
) -> None:
    svg = ElementTree.parse(written[0] / "figures" / f"{name}.svg").getroot()
    png = (written[0] / "figures" / f"{name}.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(3 * float(svg.get("width", "0")), abs=3)
    assert height == pytest.approx(3 * float(svg.get("height", "0")), abs=3)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_plain_html_with_captions_scopes_and_borders_of_its_own(
    written: tuple[Path, list[str]], name: str
) -> None:
    source = (written[0] / "tables" / f"{name}.html").read_text(encoding="utf-8")
    page = parse(source)
    assert not page.all("script", "style", "link", "img")
    assert page.all("table")
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(heading.attributes.get("scope") for heading in page.all("th"))
    assert all("border" in cell.attributes["style"] for cell in page.all("td", "th"))


def test_the_headline_file_has_a_row_for_every_group_and_scale(
    inferred: GapResult, written: tuple[Path, list[str]]
) -> None:
    page = parse((written[0] / "tables" / "headline.html").read_text(encoding="utf-8"))
    rows = [one for one in page.all("tr") if "tbody" in one.path]
    assert len(rows) == inferred.effects.filter(family="difference").height


def test_the_methods_file_holds_the_paragraph_and_the_sources(
    written: tuple[Path, list[str]],
) -> None:
    folder, _ = written
    said = (folder / "methods.txt").read_text(encoding="utf-8")
    page = parse((folder / "report.html").read_text(encoding="utf-8"))
    paragraph, _, sources = said.partition("\n\nSources\n")
    assert paragraph == page.by_id("methods-text").text
    assert sources.count("\n") == sources.count("- ") > 5


def test_no_file_says_over_or_underestimate_without_a_common_scale(
    written: tuple[Path, list[str]],
) -> None:
    folder, names = written
    for name in names:
        if not name.endswith(".png"):
            assert not JUDGING.search((folder / name).read_text(encoding="utf-8")), name


def test_what_there_is_none_of_has_no_file(rated: GapResult, tmp_path: Path) -> None:
    names = write_gap_exports(tmp_path, rated, gap_about())
    assert "report.html" not in names
    assert "figures/trajectories.svg" not in names
    assert "tables/convergence.html" not in names
    assert "figures/bland_altman.png" in names
    assert "tables/congruence.html" in names


def test_names_that_are_markup_stay_text_in_every_file(tmp_path: Path) -> None:
    result = inferred_gap({ATTACK: 3, "b": 3}, n_turns=10)
    for name in write_gap_outputs(tmp_path, result, gap_about()):
        if name.endswith(".svg"):
            root = ElementTree.parse(tmp_path / name).getroot()
            assert not [one for one in root.iter() if one.tag.endswith("script")]
        elif name.endswith(".html"):
            assert not parse((tmp_path / name).read_text(encoding="utf-8")).all("img")


def test_a_place_that_cannot_be_written_is_a_storage_error(
    rated: GapResult, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        write_gap_exports(tmp_path / "file", rated, gap_about())
