"""`wireroom backup` and `wireroom restore`: the database as one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, home_option, json_option, newsroom
from wireroom.cli.output import complain, record, say

if TYPE_CHECKING:
    from wireroom.settings import Settings
    from wireroom.store import Backup, Outcome

_APART = "settings, templates, secrets and pictures (in {media}) are not in a backup: keep copies of them too"


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@json_option
@home_option
def backup(file: Path, force: bool, as_json: bool) -> None:
    """Copy the database to FILE while everything runs: one moment of it, checked, for `wireroom restore`."""
    from wireroom.dispatch.shapes import moment
    from wireroom.model.errors import UsageError

    with application() as app:
        _not_itself(app.settings, file)
        if file.exists() and not force:
            raise UsageError(f"{file} is there already; --force replaces it")
        made = app.store.backup(file)
    size = file.stat().st_size
    if as_json:
        shape = {"file": str(file), "made": moment(made.made), "bytes": size}
        record({**shape, "articles": made.articles, "deliveries": made.deliveries, "waiting": made.waiting})
    else:
        say(f"{file}: {_holds(made)}, {size / 1_000_000:.1f} MB, checked")
        say(_APART.format(media=app.settings.media))


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
@json_option
@home_option
def restore(file: Path, yes: bool, as_json: bool) -> int:
    """Put the database back to what a backup holds. The daemon must be down; what is there now is kept.

    Says first what it would do, and asks at a terminal; elsewhere it does nothing without --yes. Nothing is posted
    twice afterwards: what may have gone out since the backup was made is looked for before it is sent.
    """
    from wireroom.daemon.supervisor import Lock
    from wireroom.store.backup import read_backup
    from wireroom.store.restore import restore as put_back

    settings = newsroom()
    _not_itself(settings, file)
    found = read_backup(file)
    _must_be_down(settings)
    if not (yes or _agreed(settings, found)):
        return 2
    with Lock(settings.run):
        _must_be_silent(settings)
        done = put_back(settings.database, found, folder=settings.var, looked_for=_places(settings))
    _tell(settings, found, done, as_json)
    return 0


def _agreed(settings: Settings, found: Backup) -> bool:
    """Say what a restore would do; whether the person at the terminal wants it done."""
    from wireroom.cli.moments import shown
    from wireroom.store.engine import parse, place

    complain(f"{found.path}: {_holds(found)}; made {shown(found.made, settings.timezone)}")
    complain(f"it would take the place of {place(parse(settings.database))}, of which a copy would be kept")
    complain("what was published since is not in it: publish that again, and nothing of it is posted twice")
    complain(_APART.format(media=settings.media))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        complain("nothing was changed; --yes does it")
        return False
    if click.confirm("Go on?", err=True, default=False):
        return True
    complain("nothing was changed")
    return False


def _tell(settings: Settings, found: Backup, done: Outcome, as_json: bool) -> None:
    from wireroom.dispatch.shapes import moment

    kept = str(done.kept) if done.kept else None
    if as_json:
        shape = {"file": str(found.path), "made": moment(found.made), "articles": found.articles}
        record({**shape, "deliveries": found.deliveries, "unconfirmed": done.doubted, "kept": kept})
        return
    say(f"restored: {_holds(found)}")
    if done.doubted:
        say(f"{done.doubted} may have gone out since the backup was made: they are looked for before anything is sent")
    if kept:
        say(f"what was there before: {kept}")
    say(_APART.format(media=settings.media))


def _holds(found: Backup) -> str:
    articles = "1 article" if found.articles == 1 else f"{found.articles} articles"
    return f"{articles}, {found.deliveries} deliveries, {found.waiting} of them still to come"


def _places(settings: Settings) -> set[str]:
    """The destinations where a post sent twice is there twice."""
    from wireroom.channels import catalogue

    kinds = catalogue.kinds()
    return {each.name for each in settings.destinations if kinds[each.channel].social}


def _not_itself(settings: Settings, file: Path) -> None:
    """Refuse to back a database up onto itself, or to restore it from itself. Raises `UsageError`."""
    from wireroom.model.errors import UsageError
    from wireroom.store.engine import parse

    address = parse(settings.database)
    if address.get_backend_name() == "sqlite" and file.resolve() == Path(str(address.database)).resolve():
        raise UsageError(f"{file} is the database itself; name another file")


def _must_be_down(settings: Settings) -> None:
    """Raise `Refused` while a daemon runs here."""
    from wireroom.daemon import supervisor
    from wireroom.model.errors import Refused

    if (running := supervisor.pid(settings.run)) is not None:
        raise Refused(f"a daemon runs in this newsroom, pid {running}: stop it first (wireroom stop)")


def _must_be_silent(settings: Settings) -> None:
    """Raise `Refused` while a worker or scheduler of this database shows signs of life, wherever it is."""
    from wireroom.daemon import supervisor
    from wireroom.holders import short
    from wireroom.model.errors import Refused, StoreError
    from wireroom.store import Store

    with Store(settings.database) as store:
        try:
            parts = supervisor.status(settings, store).parts
        except StoreError:  # what has no tables, or cannot be read, is nobody's
            return
        for part in parts:
            if part.alive:
                ago = f"{(store.now() - part.at).total_seconds():.0f} s ago"
                raise Refused(f"{short(part.by)} showed a sign of life {ago}: end it, and try again in half a minute")
