"""A newsroom on a sandbox of its own, and its daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.newsrooms import Newsroom, newsroom

from wireroom.sandbox import Sandbox, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that takes as many posts as come."""
    with running(limited=False) as sandbox:
        yield sandbox


@pytest.fixture
def room(tmp_path: Path, sandbox: Sandbox) -> Iterator[Newsroom]:
    """A newsroom with a feed, an X account and a Page, its daemon not running."""
    with newsroom(tmp_path / "home", f"127.0.0.1:{sandbox.port}") as room:
        yield room
