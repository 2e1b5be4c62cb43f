"""The [alerts] table: what is told, to whom, and that no address is ever shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.settings.conftest import ENV, GOOD, Reading

from wireroom.settings.alerts import Alerts

MAIL = "mailtos://desk:hunter2@smtp.example.org"
Mistakes = Callable[..., list[str]]


def test_without_the_table_everything_is_watched(reading: Reading) -> None:
    """The table may be left out: the defaults watch, and nobody is told."""
    read = reading(GOOD).alerts
    assert read == Alerts()
    assert (read.to, read.backlog, read.visible) == ((), timedelta(minutes=15), timedelta(minutes=10))


def test_every_key_is_read(reading: Reading, tmp_path: Path) -> None:
    """Addresses come from the environment and from files, durations are durations, and "none" turns a look off."""
    (tmp_path / "slack").write_text("slack://a/b/c\n")
    read = reading(
        GOOD + '[alerts]\nto = [{ env = "MAIL" }, { file = "slack" }]\nbacklog = "1h"\nvisible = "none"\n'
        'digest = "90s"\nsilence = "1m"\nfeeds = "http://web:8080/"\n',
        {**ENV, "MAIL": MAIL},
    ).alerts
    assert [(address.name, address.url) for address in read.to] == [("MAIL", MAIL), ("slack", "slack://a/b/c")]
    assert (read.backlog, read.visible) == (timedelta(hours=1), None)
    assert (read.digest, read.silence, read.feeds) == (
        timedelta(seconds=90),
        timedelta(minutes=1),
        "http://web:8080",
    )


def test_no_address_is_shown(reading: Reading) -> None:
    """Neither the settings nor an address, printed, show what it holds."""
    read = reading(GOOD + '[alerts]\nto = [{ env = "MAIL" }]\n', {**ENV, "MAIL": MAIL})
    assert "hunter2" not in f"{read!r}{read.alerts!r}{read.alerts.to[0]!r}{read.alerts.to[0]}"


def test_a_part_without_secrets_runs_without_addresses(reading: Reading, mistakes: Mistakes) -> None:
    """An address that is not there is a mistake only for those who need the secrets."""
    said = GOOD + '[alerts]\nto = [{ env = "MAIL" }]\n'
    (address,) = reading(said, secrets=False).alerts.to
    assert (address.name, address.url) == ("MAIL", "")
    assert mistakes(said) == [
        "alerts.to: the environment variable MAIL is not set or empty; set MAIL, or name another place."
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f'to = ["{MAIL}"]', "alerts.to: found a literal; a secret never stands in the settings"),
        (
            f'to = "{MAIL}"',
            "alerts.to: found a literal address, which may hold a password; allowed is a list of places",
        ),
        ('to = [{ env = "A", file = "b" }]', "alerts.to: found a table with 2 keys; allowed is where it is"),
        ('backlog = "soon"', 'alerts.backlog: found "soon"; allowed is a duration such as "10m", or "none"'),
        ("visible = 10", 'alerts.visible: found the number 10; allowed is a duration such as "10m", or "none"'),
        ('digest = "0s"', 'alerts.digest: found "0s"; allowed is a duration longer than zero'),
        ('silence = "5s"', 'alerts.silence: found "5s"; allowed is a duration of at least "6s"'),
        ('feeds = "web:8080"', 'alerts.feeds: found "web:8080"; allowed is a web address'),
        ('digets = "5m"', "alerts.digets: no such key"),
    ],
)
def test_a_mistake_is_one_line(mistakes: Mistakes, line: str, told: str) -> None:
    """Each mistake is a line with its path and what is allowed, and no line shows an address."""
    (said,) = mistakes(f"{GOOD}[alerts]\n{line}\n")
    assert said.startswith(told)
    assert "hunter2" not in said
