"""Files in: sizes, pictures, any bytes at all, and the samples that ship."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wireroom
from wireroom.model.article import Draft
from wireroom.model.errors import ArticleError
from wireroom.model.publication import Publication
from wireroom.sources import Hints, companion, read_file

if TYPE_CHECKING:
    from datetime import datetime

    from tests.sources.conftest import Read

STORY = "date 2026-02-01 Boats\n\nHarbor Morning\n\nRain.\n"
SAMPLES = sorted(
    path for path in (Path(wireroom.__file__).parent / "samples").iterdir() if path.suffix in (".txt", ".md", ".json")
)
DEMO = tuple(
    Publication(key=name.lower().replace(" ", "-"), name=name, url=f"https://{name.lower().replace(' ', '')}.com")
    for name in ("Modern Tokyo Times", "Modern Tokyo News")
)


def png(width: int, height: int) -> bytes:
    """A black picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(3 * width)) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def file(publications: tuple[Publication, ...], now: datetime) -> Read:
    """Reads a file."""

    def read(path: Path, **hints: object) -> Draft:
        return read_file(path, publications=publications, now=now, hints=Hints(**hints))  # type: ignore[arg-type]

    return read


def test_a_file_is_its_own_source(file: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft remembers the absolute path of its file."""
    (tmp_path / "a.txt").write_text(STORY)
    monkeypatch.chdir(tmp_path)
    assert file(Path("a.txt")).source == str(tmp_path / "a.txt")


def test_a_huge_file_is_refused_by_its_size(file: Read, tmp_path: Path) -> None:
    """Fifty megabytes are refused before any of them is read."""
    path = tmp_path / "big.txt"
    with path.open("wb") as big:
        big.truncate(50_000_000)
    with pytest.raises(ArticleError, match=r"big\.txt: found 50,000,000 bytes; expected an article of at most"):
        file(path)


def test_what_is_no_file_is_named(file: Read, tmp_path: Path) -> None:
    """A missing file and a folder are told apart."""
    with pytest.raises(ArticleError, match="found no such file"):
        file(tmp_path / "none.txt")
    with pytest.raises(ArticleError, match="found a folder"):
        file(tmp_path)


@pytest.mark.parametrize(
    "written", ["image: a.png", "image: {file: a.png, alt: Fog, credit: AS}", "picture: {path: ./a.png}"]
)
def test_a_picture_beside_the_article(file: Read, tmp_path: Path, written: str) -> None:
    """A picture's path, type, true length in bytes and size in pixels are known, whatever its file is called."""
    (tmp_path / "a.png").write_bytes(png(40, 21))
    (tmp_path / "a.md").write_text(f"---\ntitle: Boats\npublication: HM\n{written}\n---\nRain.\n")
    picture = file(tmp_path / "a.md").picture
    assert picture is not None
    assert (picture.path, picture.media_type) == (str(tmp_path / "a.png"), "image/png")
    assert (picture.length, picture.width, picture.height) == (len(png(40, 21)), 40, 21)
    assert picture.alt in ("", "Fog")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text", "is no picture"),
        (png(4, 4)[:17], "is a damaged picture"),
        (png(40, 40)[:-12], "is a damaged picture"),
        (None, "found no file"),
    ],
)
def test_what_is_no_picture_is_refused(file: Read, tmp_path: Path, content: bytes | None, said: str) -> None:
    """A picture that is missing, damaged or none is refused with file, line and key."""
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    (tmp_path / "a.md").write_text("---\ntitle: Boats\npublication: HM\nimage: a.png\n---\nRain.\n")
    with pytest.raises(ArticleError, match=rf"a\.md:4: image\.file: .*{said}"):
        file(tmp_path / "a.md")


def test_companions_are_no_articles(tmp_path: Path) -> None:
    """Pictures and notes among the files given are known for what they are."""
    (tmp_path / "a.png").write_bytes(png(4, 4))
    (tmp_path / "README.md").write_text("# Hello")
    (tmp_path / "a.txt").write_text(STORY)
    assert [companion(path) for path in sorted(tmp_path.iterdir())] == ["a note about the folder", "a picture", ""]


def test_a_pipe_is_left_alone(tmp_path: Path) -> None:
    """To tell what a pipe among several files is, nothing is read from it: it could not be read again."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert companion(pipe) == ""


@given(raw=st.binary(max_size=300), name=st.sampled_from(["a.txt", "a.md", "a.json", "-"]), begin=st.sampled_from(
    [b"", b"date 2026-02-01 A\n\nHM\n\n", b"---\ntitle: A\npublication: HM\n", b"---\n---\n", b'{"title": "A", ', b"{"]
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_draft_or_one_line(draft: Read, raw: bytes, name: str, begin: bytes) -> None:
    """Whatever the bytes, there is a draft with a headline and a body, or an error in one line."""
    said, read = attempt(draft, begin + raw, name)
    assert "\n" not in said
    assert said.startswith(name) if read is None else (read.title and read.text and read.html)


def attempt(draft: Read, raw: bytes, name: str) -> tuple[str, Draft | None]:
    """The draft, or what was said against it."""
    try:
        return "", draft(raw, name, publication="HM")
    except ArticleError as error:
        return str(error), None


YAML_BITS = st.sampled_from(
    [
        "title",
        ": ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!!int ",
        "0x",
        "2026-99-99",
        "'",
        '"',
        "<<",
        "? ",
        "=",
    ]
)


@given(st.lists(YAML_BITS, max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_front_matter_gives_a_draft_or_one_line(draft: Read, bits: list[str]) -> None:
    """Whatever the YAML, there is a draft or an error in one line."""
    said, _ = attempt(draft, f"---\n{''.join(bits)}\n---\nRain.\n".encode(), "a.md")
    assert "\n" not in said


def test_yaml_that_explodes_is_survived(draft: Read) -> None:
    """Front matter whose aliases would unfold to gigabytes is refused or read, but never unfolded."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ArticleError, match="tags: found a list in the list"):
        draft(f"---\ntitle: Boats\npublication: HM\n{bomb}tags: *i\n---\nRain.\n", "a.md")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_samples_can_be_read(path: Path, now: datetime) -> None:
    """Every sample article that ships is read, with its footer cut off."""
    read = read_file(path, publications=DEMO, now=now)
    assert len(read.text.split("\n\n")) >= 3
    assert [words for words in ("PLEASE JOIN", "http", "is part of") if words in read.html] == []


def test_the_samples_show_what_there_is(now: datetime) -> None:
    """The samples have several authors, none, Japanese, a picture, tags, an id, and a headline too long for X."""
    drafts = [read_file(path, publications=DEMO, now=now) for path in SAMPLES]
    assert len(drafts) == 6
    assert {draft.publication for draft in drafts} == {"modern-tokyo-times", "modern-tokyo-news"}
    assert {0, 3} <= {len(draft.authors) for draft in drafts}
    assert "ja" in {draft.language for draft in drafts}
    assert any(draft.picture and draft.picture.width == 1200 for draft in drafts)
    assert any(draft.external_id and draft.tags for draft in drafts)
    assert max(len(draft.title) for draft in drafts) > 280
