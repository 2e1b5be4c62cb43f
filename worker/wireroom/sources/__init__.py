"""Outside to draft: wire text, Markdown with front matter, and JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.model.errors import ArticleError
from wireroom.sources.decode import MAX_BYTES, decode, too_large
from wireroom.sources.manuscript import Hints, finish
from wireroom.sources.outlets import Outlets
from wireroom.sources.picture import Place, media_type_of
from wireroom.sources.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wireroom.model.article import Draft
    from wireroom.model.publication import Publication
    from wireroom.sources.manuscript import Manuscript

__all__ = ["MAX_BYTES", "Hints", "companion", "read", "read_file", "read_json"]

_NO_HINTS = Hints()
_FENCED = re.compile(r"\s*-{3,}[ \t]*\n")
_PAPERS = re.compile(r"(?:readme|licen[cs]e|changelog|contributing|notice)(?:\.\w+)?|\..*", re.IGNORECASE)


def read(
    raw: bytes, *, name: str, publications: Sequence[Publication], now: datetime, hints: Hints = _NO_HINTS
) -> Draft:
    """The article in `raw`; its form is told by the suffix of `name`, else by how it begins.

    `name` is what errors call it; pictures are looked for in the folder it names. `now` (aware) is the time of an
    article that names none. Raises `ArticleError`, always in one line.
    """
    source = name if Path(name).is_absolute() else "-"
    return _read(raw, one_line(name), Path(name).parent, source, Outlets(publications), now, hints)


def read_file(path: Path, *, publications: Sequence[Publication], now: datetime, hints: Hints = _NO_HINTS) -> Draft:
    """The article in a file. A file too large is refused by its size, before it is read. Raises `ArticleError`."""
    name = one_line(str(path))
    try:
        if path.is_dir():
            raise ArticleError(name, "found a folder; expected a file with an article in it")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise too_large(name, size)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ArticleError(name, "found no such file; expected an article") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArticleError(name, f"found a file that cannot be read ({reason}); expected an article") from None
    return _read(raw, name, path.parent, str(path.absolute()), Outlets(publications), now, hints)


def read_json(
    data: Mapping[str, object],
    *,
    name: str,
    publications: Sequence[Publication],
    now: datetime,
    hints: Hints = _NO_HINTS,
    allow_paths: bool = False,
    media: Path | None = None,
) -> Draft:
    """The article in an object of the API's shape.

    A picture is named by `url`. Its bytes (`data`, base64) are taken where `media`, a folder to keep them in, is
    given; the path of a file of this machine only with `allow_paths`, which is for a person's own files and never
    for what came over the network. Raises `ArticleError` that names the key.
    """
    from wireroom.sources.jsonform import read_object

    source = name if Path(name).is_absolute() else "-"
    place = Place(Path(name).parent, allow_paths=allow_paths, media=media)
    outlets = Outlets(publications)
    return finish(read_object(data, one_line(name), outlets, place), outlets, now, hints, source)


def companion(path: Path) -> str:
    """Why a file among several given is no article itself ("a picture", "a note about the folder"); "" if it may be."""
    if _PAPERS.fullmatch(path.name):
        return "a note about the folder"
    try:
        if not path.is_file():
            return ""  # what is read from a pipe is gone
        with path.open("rb") as file:
            return "a picture" if media_type_of(file.read(16)) else ""
    except OSError:
        return ""


def _read(raw: bytes, name: str, folder: Path, source: str, outlets: Outlets, now: datetime, hints: Hints) -> Draft:
    return finish(_manuscript(decode(raw, name), name, Place(folder), outlets), outlets, now, hints, source)


def _manuscript(text: str, name: str, place: Place, outlets: Outlets) -> Manuscript:
    """Markdown and JSON readers are imported when there is something for them: they are heavy."""
    suffix = Path(name).suffix.lower()
    if suffix in (".md", ".markdown") or (suffix != ".json" and _FENCED.match(text)):
        from wireroom.sources.markdown import read_markdown

        return read_markdown(text, name, place)
    if suffix == ".json" or text.lstrip().startswith("{"):
        from wireroom.sources.jsonform import parse_json, read_object

        return read_object(parse_json(text, name), name, outlets, place)
    from wireroom.sources.wiretext import read_wire

    return read_wire(text, name, outlets)
