"""`wireroom sandbox` and `wireroom demo`: everything tried without an account anywhere."""

from __future__ import annotations

import sys

import click

from wireroom.cli.options import home_option, newsroom
from wireroom.cli.output import say


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where; else the newsroom's `sandbox`, else 127.0.0.1:8099.")
@home_option
def sandbox(listen: str | None) -> None:
    """Run local stand-ins of X and Facebook, with a web page of what was posted, until Ctrl-C."""
    host, port = _place(listen)
    from wireroom.sandbox import serve

    say(f"the sandbox: http://{host}:{port}")
    serve(host, port)


def _place(listen: str | None) -> tuple[str, int]:
    from wireroom.model.errors import SettingsError, UsageError
    from wireroom.settings.values import Wrong, address

    if listen is None:
        try:
            listen = newsroom().sandbox
        except SettingsError:  # the sandbox is of use without a newsroom too
            listen = "127.0.0.1:8099"
    try:
        return address(listen)
    except Wrong as wrong:
        raise UsageError(f"--listen: {listen!r}; {wrong.allowed}") from None


@click.command()
@click.option("--once/--keep", default=None, help="Exit when done, or serve until Ctrl-C; keep is for terminals.")
@home_option
def demo(once: bool | None) -> int:
    """Try everything in a throw-away newsroom on the sandbox: publish the samples, show feeds, posts and log."""
    from wireroom.cli.demo import demo as show

    return show(once=not sys.stdin.isatty() if once is None else once)
