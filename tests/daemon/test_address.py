"""Whether the web part can listen where the settings say."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from wireroom.channels import catalogue
from wireroom.daemon.address import listens, must_be_free
from wireroom.model.errors import UsageError
from wireroom.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a newsroom with one outlet and nothing else."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "wireroom.toml").write_text(
        '[publications.harbor]\nname = "Harbor"\nurl = "https://harbor.example"\n'
    )
    return load(tmp_path, {}, catalogue.kinds(), secrets=False)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_taken_port_is_told_before_anything_is_started(settings: Settings, family: int, host: str) -> None:
    """An address that somebody listens on, IPv6 too, is one line that names the setting; a free one is nothing."""
    with socket.socket(family) as taken:
        try:
            taken.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        taken.listen()
        here = replace(settings, listen_host=host, listen_port=taken.getsockname()[1])
        assert listens(here)
        with pytest.raises(UsageError, match=r"wireroom\.listen: .* in use; set another address"):
            must_be_free(here)
    assert not listens(here)
    must_be_free(here)


def test_an_address_of_another_machine_is_told(settings: Settings) -> None:
    """An address that is not this machine's cannot be listened on, and the line says so."""
    with pytest.raises(UsageError, match=r"192\.0\.2\.1:8080 cannot be used"):
        must_be_free(replace(settings, listen_host="192.0.2.1", listen_port=8080))
    with pytest.raises(UsageError, match="cannot be used"):
        must_be_free(replace(settings, listen_host="no.such.name.invalid", listen_port=8080))
