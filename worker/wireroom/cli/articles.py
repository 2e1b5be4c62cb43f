"""Articles as the command line is handed them: files of any form, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wireroom.model.article import Draft
    from wireroom.model.publication import Publication
    from wireroom.sources import Hints

STDIN = "-"


def read(name: str, publications: Sequence[Publication], hints: Hints, now: datetime) -> Draft:
    """The draft in the file `name`, or on standard input. Raises `ArticleError` with one line on what is wrong."""
    from wireroom import sources
    from wireroom.model.errors import UsageError

    if not name:
        raise UsageError("a file without a name; expected the path of an article, or - for standard input")
    if name == STDIN and sys.stdin is None:
        raise UsageError("standard input is closed; expected an article on it")
    if name == STDIN:
        raw = sys.stdin.buffer.read(sources.MAX_BYTES + 1)
        return sources.read(raw, name=name, publications=publications, now=now, hints=hints)
    return sources.read_file(Path(name), publications=publications, now=now, hints=hints)


def passed_over(name: str, files: Sequence[str]) -> str:
    """Why a file is no article but lies beside some, "" if it may be one; a file named alone is always read."""
    from wireroom.sources import companion

    return companion(Path(name)) if len(files) > 1 and name != STDIN else ""
