"""`wireroom retract`: an article taken back from every place it went to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, home_option, json_option, person
from wireroom.cli.output import complain, record, say

if TYPE_CHECKING:
    from wireroom.dispatch.retraction import Retracted


@click.command()
@click.argument("articles", metavar="ARTICLE...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
@json_option
@home_option
def retract(articles: tuple[str, ...], dry_run: bool, yes: bool, as_json: bool) -> int:
    """Take articles back, each named by its uid or its address: out of every feed, away from every account.

    What has not gone out is called off. At a terminal it shows what that comes to and asks; else --yes must say so.
    """
    from wireroom.model.errors import NotFound

    ask = not (yes or dry_run or as_json) and sys.stdin.isatty() and sys.stderr.isatty()
    really, worst = yes and not dry_run, 0
    with application() as app:
        for name in dict.fromkeys(articles):
            try:
                found = app.retraction.take_back(name, person(), dry_run=not really)
                if ask:
                    _show(found, as_json, done=False)
                    if click.confirm("Do it?", err=True):
                        found = app.retraction.take_back(name, person())
                    else:
                        return 2
            except NotFound as error:
                complain(str(error))
                worst = max(worst, error.exit_code)
                continue
            _show(found, as_json, done=really or ask)
            app.wake({each.destination: True for each in found.deliveries} if really or ask else {})
    if not (yes or ask or dry_run) and not worst:
        complain("nothing was changed; add --yes to do it")
        return 1
    return worst


def _show(found: Retracted, as_json: bool, *, done: bool) -> None:
    from wireroom.dispatch.retraction import called
    from wireroom.dispatch.shapes import retracted_shape

    if as_json:
        record(retracted_shape(found, done=done))
        return
    say(f"{found.article.title}")
    say(f"  {'is' if done else 'would be'} taken away from {called(found.deliveries)}")
    if found.cancelled:
        say(f"  {'called' if done else 'would be called'} off: {called(found.cancelled)}")
    for each in found.left:
        say(f"  {each.destination}: {each.reason}")
