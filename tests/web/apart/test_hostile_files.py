"""Files that are made to hurt whoever reads them: each is one clear error, and nothing more."""

from __future__ import annotations

import io
import lzma
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attunement.web.apart import EndedError, Limits, messages_from

MODULE = "attunement.web.apart.read_transcripts"
TALK = "T: How was the week?\nP: Long, and mostly quiet.\n"


def read(
    folder: Path, *, mode: str = "sessions", most: int = 10**7, limits: Limits | None = None
) -> list[dict[str, Any]]:
    request = {
        "folder": str(folder),
        "mode": mode,
        "options": {"columns": {}, "patient": [], "therapist": [], "merge": True},
        "most_bytes": most,
    }
    return list(messages_from(MODULE, request, limits=limits or Limits()))


def problems(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["problem"] for one in messages if "problem" in one]


def sessions(messages: list[dict[str, Any]]) -> list[str]:
    return [one["session"]["session_id"] for one in messages if "session" in one]


def packed(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    inside = tmp_path / "upload"
    inside.mkdir()
    yield inside
    outside = [path for path in tmp_path.iterdir() if path != inside]
    assert not outside, "something was written beside the upload"


def test_a_zip_is_read_with_what_describes_its_sessions(folder: Path) -> None:
    describing = b"file,patient_id,condition\none.txt,P-1,anxiety\n"
    (folder / "all.zip").write_bytes(
        packed({"a/one.txt": TALK.encode(), "a/sessions.csv": describing, "a/notes.pdf": b"x"})
    )
    messages = read(folder)
    [session] = [one["session"] for one in messages if "session" in one]
    assert (session["session_id"], session["patient_id"]) == ("one", "P-1")
    assert session["condition"] == "anxiety"
    assert {"left_out": "all.zip/a/notes.pdf"} in messages
    assert problems(messages) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../outside.txt", "outside"),
        ("a/../../outside.txt", "outside"),
        ("/tmp/outside.txt", "outside"),
        ("..\\outside.txt", "outside"),
        ("C:\\outside.txt", "outside"),
        ("x" * 300 + ".txt", "longer than"),
    ],
)
def test_no_member_of_a_zip_is_written_elsewhere(folder: Path, name: str, why: str) -> None:
    (folder / "all.zip").write_bytes(packed({name: TALK.encode()}))
    (folder / "good.txt").write_text(TALK)
    messages = read(folder)
    [problem] = problems(messages)
    assert problem["file"] == "all.zip"
    assert why in problem["problem"]
    assert sessions(messages) == ["good"]


def test_a_link_in_a_zip_is_not_followed(folder: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        link = zipfile.ZipInfo("passwords.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (folder / "all.zip").write_bytes(held.getvalue())
    [problem] = problems(read(folder))[:1]
    assert "link" in problem["problem"]


def test_a_zip_that_unpacks_to_much_is_not_unpacked(folder: Path) -> None:
    (folder / "bomb.zip").write_bytes(packed({"talk.txt": b"T: a\n" * 4_000_000}))
    [problem] = problems(read(folder, most=10**6))[:1]
    assert "unpacks to more than" in problem["problem"]


def test_a_zip_that_lies_about_its_sizes_is_not_unpacked(folder: Path) -> None:
    honest = packed({"talk.txt": b"T: a\n" * 400_000})
    size = (5 * 400_000).to_bytes(4, "little")
    assert honest.count(size) == 2
    (folder / "liar.zip").write_bytes(honest.replace(size, (100).to_bytes(4, "little")))
    [problem] = problems(read(folder, most=10**6))[:1]
    assert "damaged" in problem["problem"]


def test_a_zip_in_a_zip_is_left_where_it_is(folder: Path) -> None:
    inner = packed({"inner.txt": TALK.encode()})
    (folder / "outer.zip").write_bytes(packed({"inner.zip": inner, "good.txt": TALK.encode()}))
    messages = read(folder)
    assert sessions(messages) == ["good"]
    assert {"left_out": "outer.zip/inner.zip"} in messages


def test_too_many_members_are_refused_before_any_is_written(folder: Path) -> None:
    (folder / "many.zip").write_bytes(packed({f"{n}.txt": b"" for n in range(5_001)}))
    [problem] = problems(read(folder))[:1]
    assert "5,001 files" in problem["problem"]


@pytest.mark.parametrize("damage", ["cut", "no zip", "encrypted"])
def test_a_zip_that_cannot_be_read_is_one_error(folder: Path, damage: str) -> None:
    content = packed({"talk.txt": TALK.encode() * 50})
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "no zip":
        content = b"PK nothing of the kind"
    else:
        at = content.index(b"PK\x01\x02") + 8
        content = content[:at] + b"\x01\x00" + content[at + 2 :]
    (folder / "all.zip").write_bytes(content)
    found = problems(read(folder))
    assert found[0]["file"] == "all.zip"
    assert ("encrypted" if damage == "encrypted" else "damaged") in found[0]["problem"]


def document(body: bytes) -> bytes:
    kinds = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        b'package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
        b"</Types>"
    )
    relations = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/'
        b'2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        b"</Relationships>"
    )
    return packed(
        {
            "[Content_Types].xml": kinds,
            "_rels/.rels": relations,
            "word/document.xml": body,
        }
    )


def words(text: bytes, *, declared: bytes = b"") -> bytes:
    return (
        b'<?xml version="1.0"?>' + declared + b'<w:document xmlns:w="http://schemas.openxmlformats'
        b'.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>T: How was it?</w:t></w:r></w:p>'
        b"<w:p><w:r><w:t>P: " + text + b"</w:t></w:r></w:p></w:body></w:document>"
    )


def test_a_document_of_our_making_can_be_read(folder: Path) -> None:
    """Or the next tests would pass for the wrong reason."""
    (folder / "talk.docx").write_bytes(document(words(b"Long.")))
    assert sessions(read(folder)) == ["talk"]


def test_a_billion_laughs_are_not_unfolded(folder: Path) -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha">'
    for here, before in zip(b"bcdefghij", b"abcdefghi", strict=True):
        laughs += b'<!ENTITY %c "%s">' % (here, (b"&%c;" % before) * 10)
    (folder / "laughs.docx").write_bytes(document(words(b"&j;", declared=laughs + b"]>")))
    (folder / "good.txt").write_text(TALK)
    messages = read(folder)
    said = [one["session"]["turns"] for one in messages if "session" in one]
    assert "good" in sessions(messages)
    assert all(len(turn[1]) < 1_000 for turns in said for turn in turns)


def test_no_file_of_this_machine_is_read_through_a_document(folder: Path, tmp_path: Path) -> None:
    secret = folder / "secret"
    secret.write_text("the-secret")
    outside = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file://%s">]>' % str(secret).encode()
    (folder / "talk.docx").write_bytes(document(words(b"&x;", declared=outside)))
    assert "the-secret" not in str(read(folder))


def test_a_document_that_unpacks_to_much_is_refused(folder: Path) -> None:
    (folder / "bomb.docx").write_bytes(document(words(b" " * 501_000_000)))
    [problem] = problems(read(folder))
    assert problem["file"] == "bomb.docx"
    assert "unpacks to more than" in problem["problem"]


def test_a_stream_that_unpacks_without_end_is_ended(folder: Path) -> None:
    packer = lzma.LZMACompressor(preset=1)
    with (folder / "endless.jsonl.xz").open("wb") as handle:
        for _ in range(400):
            handle.write(packer.compress(b"\n" * 2**20))
        handle.write(packer.flush())
    with pytest.raises(EndedError) as ended:
        read(folder, limits=Limits(seconds=2))
    assert ended.value.ending == "time"


def test_what_asks_for_too_much_memory_is_ended(folder: Path) -> None:
    (folder / "wide.txt").write_text("T: " + "a" * 150_000_000 + "\nP: b\n")
    with pytest.raises(EndedError) as ended:
        read(folder, limits=Limits(memory_bytes=600 * 2**20, seconds=60))
    assert ended.value.ending == "memory"


def test_the_reader_has_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNEMENT_KEY", "c2VjcmV0")
    from attunement.web.apart._process import _environment

    assert not [name for name in _environment() if name.startswith("ATTUNEMENT")]


def test_roles_that_cannot_be_told_are_previewed_with_first_words(folder: Path) -> None:
    (folder / "talk.txt").write_text("Anna: One two.\nBee: Three four.\nAnna: Five.\n" * 3)
    [found] = [one["preview"] for one in read(folder, mode="preview") if "preview" in one]
    assert [(one["name"], one["role"], one["utterances"]) for one in found["speakers"]] == [
        ("Anna", None, 6),
        ("Bee", None, 3),
    ]
    assert found["speakers"][1]["first_words"] == "Three four."
    assert "cannot be told" in found["problem"]["problem"]
    assert "--" not in found["problem"]["mend"]


def test_columns_of_a_table_are_told_with_what_they_are_taken_for(folder: Path) -> None:
    (folder / "table.csv").write_text("who,said,extra\nP,Hello there,1\nT,Hello,2\n")
    messages = read(folder, mode="preview")
    [table] = [one["table"] for one in messages if "table" in one]
    assert table["columns"] == ["who", "said", "extra"]
    assert table["fields"] == {"role": "who"}
    assert "no column holds the turns' text" in problems(messages)[0]["problem"]


def test_the_temporary_folder_is_never_named(folder: Path) -> None:
    (folder / "one.csv").write_text("session_id,role,text\na,P,x\na,T,y\n")
    (folder / "two.csv").write_text("session_id,role,text\na,P,x\na,T,y\n")
    found = problems(read(folder))
    assert "is taken by one.csv" in found[0]["problem"]
    assert tempfile.gettempdir() not in str(found)
