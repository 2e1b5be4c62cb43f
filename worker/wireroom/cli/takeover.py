"""`wireroom import-feed`: a feed of another system taken over, so that its readers see nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, destination_names, home_option, json_option
from wireroom.cli.output import bar, complain, record, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.app import Application
    from wireroom.dispatch.takeover import TakenOver
    from wireroom.model.publication import Publication
    from wireroom.sources.feed import FeedEntry
    from wireroom.sources.feed_item import Document

_ASLEEP = "nobody was there to be woken: the feeds are written when the daemon is up (wireroom start)"


@click.command("import-feed")
@click.argument("places", metavar="URL|FILE...", nargs=-1, required=True)
@click.option("--publication", metavar="NAME", default="", help="The outlet; else the one on whose site the feed is.")
@click.option(
    "--to", metavar="FEED", multiple=True, shell_complete=destination_names, help="Only there; may be repeated."
)
@click.option("--archives", is_flag=True, help="Go on to the older documents the feed leads to.")
@click.option("--dry-run", is_flag=True, help="Work everything out and keep nothing.")
@json_option
@home_option
def import_feed(
    places: tuple[str, ...], publication: str, to: tuple[str, ...], archives: bool, dry_run: bool, as_json: bool
) -> int:
    """Take over a feed of another system: its articles under the ids and dates by which readers know them.

    They go to feeds alone, now and later: on X and Facebook they are out already. What is known stays as it is.
    Ends with 1 when entries were left out, with 2 when a feed could not be read.
    """
    worst = 0
    with application() as app:
        for place in dict.fromkeys(places):
            van = _Van(app, publication, to, dry_run, as_json)
            van.move(place, archives=archives)
            worst = max(worst, van.worst)
    return worst


class _Van:
    """Moves one feed; what is wrong with an entry is told on stderr and stops no other."""

    def __init__(self, app: Application, named: str, to: Sequence[str], dry_run: bool, as_json: bool) -> None:
        self._app, self._named, self._to, self._dry_run, self._as_json = app, named, to, dry_run, as_json
        self.worst = 0
        self._origin = ""
        self._counts = {"taken": 0, "known": 0, "refused": 0}

    def move(self, place: str, *, archives: bool) -> None:
        """Read the feed, take over its entries, oldest first, wake who has something to do, and say what it came to."""
        entries = self._entries(place, archives)
        if not self._origin:
            return
        lanes: dict[str, bool] = {}
        with bar("taking over", len(entries)) as progress:
            taken = self._app.takeover.take_over(entries, self._origin, to=self._to, dry_run=self._dry_run)
            for number, each in enumerate(taken, 1):
                self._tell(each)
                lanes |= {delivery.destination: False for delivery in each.deliveries}
                progress.at(number)
        if lanes and not self._dry_run and not self._app.wake(lanes):
            complain(_ASLEEP)
        if not self._as_json:
            said = "{taken} taken over, {known} known already, {refused} refused".format(**self._counts)
            say(f"{self._origin}: {said}{' (dry run: nothing was kept)' if self._dry_run else ''}")

    def _entries(self, place: str, archives: bool) -> list[FeedEntry]:
        """The entries of all documents, oldest first, each id once: the newest document tells of it."""
        from wireroom.model.errors import ArticleError
        from wireroom.sources.feed import entries_of
        from wireroom.sources.feed_fetch import documents

        found: dict[str, FeedEntry] = {}
        outlet: Publication | None = None
        for each in documents(place, archives=archives):
            if isinstance(each, ArticleError):
                complain(str(each))
                self.worst = max(self.worst, 1 if self._origin else 2)
                break
            self._origin = self._origin or each.name
            if each.document.broken:
                complain(f"{each.name}: {each.document.broken}; what can be read of it is taken, as readers do")
                self.worst = max(self.worst, 1)
            outlet = outlet or self._outlet(each.document, each.name)
            good, bad = entries_of(each.document, outlet, each.name, self._app.store.now())
            for error in bad:
                self._refuse(str(error))
            for entry in good:
                found.setdefault(entry.uid, entry)
        oldest_first = list(found.values())[::-1]
        return sorted(oldest_first, key=lambda entry: entry.draft.published_at)

    def _outlet(self, document: Document, name: str) -> Publication:
        """Raises `NotFound` for an unknown name, `UsageError` where the feed is on no outlet's site."""
        from wireroom.model.errors import NotFound, UsageError
        from wireroom.sources.outlets import Outlets

        outlets = Outlets(self._app.settings.publications)
        if self._named:
            if (outlet := outlets.by_name(self._named) or outlets.by_url(self._named)) is None:
                raise NotFound(f"no publication {self._named!r}; there are {outlets.known()}")
            return outlet
        if (outlet := outlets.by_url(document.link)) is None:
            site = f"{document.link or 'nowhere'}, the site of no publication"
            raise UsageError(f"{name}: the feed links to {site}; name one with --publication: {outlets.known()}")
        return outlet

    def _refuse(self, why: str) -> None:
        from wireroom.dispatch.takeover import TakenOver

        self._tell(TakenOver(uid="", result="refused", reason=why))

    def _tell(self, taken: TakenOver) -> None:
        from wireroom.dispatch.shapes import takeover_shape

        self._counts[taken.result] += 1
        if taken.result == "refused":
            self.worst = max(self.worst, 1)
            complain(f"{taken.uid} {taken.reason}".strip())
        if self._as_json:
            record(takeover_shape(taken, self._origin, dry_run=self._dry_run))
        elif self._dry_run and taken.result == "taken" and taken.article:
            where = ", ".join(each.destination for each in taken.deliveries) or "no feed takes it"
            say(f"{taken.article.published_at:%Y-%m-%d %H:%M}  {taken.uid}  {taken.title}  → {where}")
