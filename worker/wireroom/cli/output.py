"""What commands print: tables for people, one JSON object per line for programs, one line on stderr for errors."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STYLES = {
    "delivered": "green",
    "open": "green",
    "ok": "green",
    "running": "green",
    "sending": "cyan",
    "planned": "blue",
    "held": "magenta",
    "unconfirmed": "yellow",
    "paused": "yellow",
    "resting": "yellow",
    "failed": "bold red",
    "locked": "bold red",
    "no": "bold red",
    "cancelled": "dim",
}
"""How a word that stands alone in a cell is coloured on a terminal."""

_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PATIENCE = 1.0  # seconds of work before a progress bar is worth showing


def complain(message: str) -> None:
    """Say what is wrong, each line of it on a line of its own on stderr."""
    for line in message.splitlines():
        click.echo(f"wireroom: {printable(line)}", err=True)


def say(message: str = "") -> None:
    """A line for people on stdout."""
    click.echo("\n".join(printable(line) for line in message.split("\n")))


def record(shape: Mapping[str, object]) -> None:
    """One JSON object on a line of its own on stdout."""
    line = json.dumps(shape, ensure_ascii=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if line.encode(encoding, "replace").decode(encoding, "replace") != line:  # cp932 reads a cent sign back wider
        line = json.dumps(shape)
    click.echo(line)


def printable(text: str) -> str:
    """Text without what could steer a terminal: control characters, lone surrogates, changes of direction."""
    return "".join("\ufffd" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout: drawn with Rich on a terminal, aligned plain text anywhere else."""
    cells = [[printable(" ".join(cell.split())) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _drawn(columns, cells)
    else:
        _aligned(columns, cells)


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold", no_wrap=column in {"id", "when", "due", "state"})
    for row in rows:
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(drawn)


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[column.upper() for column in columns], *rows]
    widths = [max(_width(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Columns a text takes on a terminal; wide East Asian characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in {"W", "F"} for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)


class Bar:
    """A progress bar on stderr, for a terminal, and only once the work has taken over a second."""

    def __init__(self, label: str, total: int, stack: ExitStack) -> None:
        self._label, self._total, self._stack = label, total, stack
        self._started = time.monotonic()
        self._shown: tuple[Progress, TaskID] | None = None

    def at(self, done: int) -> None:
        """Say how much is done, of the total."""
        if self._shown is None and sys.stderr.isatty() and time.monotonic() - self._started > PATIENCE:
            self._shown = self._show()
        if self._shown is not None:
            self._shown[0].update(self._shown[1], completed=done)

    def _show(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        progress = self._stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        return progress, progress.add_task(self._label, total=self._total)


@contextmanager
def bar(label: str, total: int) -> Iterator[Bar]:
    """A progress bar for `total` steps, taken away when they are done."""
    with ExitStack() as stack:
        yield Bar(label, total, stack)
