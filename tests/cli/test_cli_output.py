"""What is printed can be read: by programs as JSON, by people as tables, by terminals without being steered."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.cli import output
from wireroom.cli.moments import moment, shown, since, span
from wireroom.cli.output import bar, complain, printable, record, table
from wireroom.model.errors import UsageError

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


@given(any_text, st.sampled_from(["utf-8", "ascii", "cp932"]))
def test_a_record_is_one_line_of_json_in_any_encoding(text: str, encoding: str) -> None:
    """Any text at all, lone surrogates too, comes back from the one line it was printed on."""
    printed = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding=encoding))
        record({"title": text})
        sys.stdout.flush()
        line = printed.getvalue().decode(encoding)
    assert line.count("\n") == 1
    assert json.loads(line) == {"title": text}


@given(any_text)
def test_no_text_steers_the_terminal(text: str) -> None:
    """Control characters and changes of direction are replaced; everything else is kept."""
    clean = printable(text)
    assert len(clean) == len(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in clean)
    assert all(a in (b, "\ufffd") for a, b in zip(clean, text, strict=True))


def test_a_plain_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns begin at the same place, with wide characters counted as two."""
    table(("name", "state"), [("夕刊", "open"), ("morning\npaper", "paused")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME           STATE",
        "夕刊           open",
        "morning paper  paused",
    ]


def test_each_line_of_an_error_is_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Errors go to stderr, marked as ours, without what could steer a terminal."""
    complain("one\ntwo \x1b[31m")
    assert capsys.readouterr() == ("", "wireroom: one\nwireroom: two \ufffd[31m\n")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-01-11T06:30:00+09:00", datetime(2026, 1, 10, 21, 30, tzinfo=UTC)),
        ("2026-01-10T21:30:00Z", datetime(2026, 1, 10, 21, 30, tzinfo=UTC)),
        ("2026-01-11 06:30", datetime(2026, 1, 10, 21, 30, tzinfo=UTC)),
        ("2026-01-11", datetime(2026, 1, 10, 15, tzinfo=UTC)),
    ],
)
def test_moments(typed: str, meant: datetime) -> None:
    """A time without an offset is the newsroom's; a date is its midnight there."""
    assert moment(typed, "--at", "Asia/Tokyo") == meant


def test_since() -> None:
    """--since takes an age or a time."""
    now = datetime(2026, 1, 11, 12, tzinfo=UTC)
    assert since("24h", "--since", "UTC", now) == now - timedelta(days=1)
    assert since("2026-01-01", "--since", "UTC", now) == datetime(2026, 1, 1, tzinfo=UTC)


@given(st.text(max_size=12))
def test_any_text_as_a_time_is_a_time_or_told(typed: str) -> None:
    """Nothing that can be typed as a time or a duration ends in another error than ours, which names the flag."""
    now = datetime(2026, 1, 11, 12, tzinfo=UTC)
    for read in (
        lambda: moment(typed, "--at", "Asia/Tokyo"),
        lambda: since(typed, "--at", "Asia/Tokyo", now),
        lambda: span(typed, "--at"),
    ):
        try:
            read()
        except UsageError as error:
            told = str(error)
        else:
            continue
        assert told.startswith("--at: ")


def test_no_time_is_shown_as_nothing() -> None:
    """A table's cell is empty where there is no time, and in the newsroom's time zone where there is one."""
    assert shown(None, "Asia/Tokyo") == ""
    assert shown(datetime(2026, 1, 10, 21, 30, tzinfo=UTC), "Asia/Tokyo") == "2026-01-11 06:30:00"


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "shown_at_all"), [(0.0, True), (3600.0, False)])
def test_a_bar_for_work_that_takes_long(monkeypatch: pytest.MonkeyPatch, patience: float, shown_at_all: bool) -> None:
    """A terminal gets a progress bar, but not for what is done in a moment; stdout is left alone."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(output, "PATIENCE", patience)
    with bar("publishing", 3) as progress:
        for done in range(1, 4):
            progress.at(done)
    assert ("publishing" in terminal.getvalue()) is shown_at_all


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is no bar, however long it takes."""
    monkeypatch.setattr(output, "PATIENCE", 0.0)
    with bar("publishing", 1) as progress:
        progress.at(1)
    assert capsys.readouterr() == ("", "")
