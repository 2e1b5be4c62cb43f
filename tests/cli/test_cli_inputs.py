"""What the command line makes of names and standard input that are no articles."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from wireroom.cli.articles import read
from wireroom.model.errors import UsageError
from wireroom.sources import Hints

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def test_a_file_without_a_name_is_told() -> None:
    """An empty name is refused as what it is, not read as the folder one stands in."""
    with pytest.raises(UsageError, match="a file without a name"):
        read("", (), Hints(), NOW)


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard input that is closed is one clear line."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        read("-", (), Hints(), NOW)
