"""`wireroom publish` and `wireroom preview`: articles in, or what they would become."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wireroom.cli.options import application, destination_names, home_option, json_option
from wireroom.cli.output import bar, complain, record, say, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from wireroom.app import Application
    from wireroom.dispatch.intake import Preview, Taken
    from wireroom.model.post import Post
    from wireroom.sources import Hints

F = TypeVar("F", bound="Callable[..., Any]")
_ASLEEP = "nobody was there to be woken: the posts are queued and go out when the daemon is up (wireroom start)"


def _article_options(command: F) -> F:
    """What publish and preview can be told of an article beside what it says itself."""
    for option in (
        click.option(
            "--to", metavar="DEST", multiple=True, shell_complete=destination_names, help="Only there; may be repeated."
        ),
        click.option("--tag", "tags", metavar="TAG", multiple=True, help="One tag more; may be repeated."),
        click.option("--published-at", metavar="TIME", help="When it was published, for articles that do not say."),
        click.option("--url", default="", help="The address of the article, when there is one file."),
        click.option("--publication", metavar="NAME", default="", help="The outlet: its key, name, alias or site."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@_article_options
@click.option("--at", metavar="TIME", help="Not before this time.")
@click.option("--breaking", is_flag=True, help="Breaking news: overtakes the rest, waits for no delay or quiet hours.")
@click.option("--dry-run", is_flag=True, help="Work everything out and keep nothing.")
@click.option("--wait", is_flag=True, help="Wait until every delivery has ended; exit 1 if one failed or did not.")
@click.option("--timeout", metavar="DURATION", default="5m", show_default=True, help="How long --wait waits at most.")
@json_option
@home_option
def publish(
    files: tuple[str, ...],
    publication: str,
    url: str,
    published_at: str | None,
    tags: tuple[str, ...],
    to: tuple[str, ...],
    at: str | None,
    breaking: bool,
    dry_run: bool,
    wait: bool,
    timeout: str,
    as_json: bool,
) -> int:
    """Take articles in and queue their posts; FILE may be - for standard input.

    Works with the daemon up or down and never waits for a platform, unless told to. An article that is known
    already is not queued again.
    """
    from wireroom.cli.moments import moment, span
    from wireroom.model.errors import UsageError
    from wireroom.sources import Hints

    if url and len(files) > 1:
        raise UsageError(f"--url is the address of one article; here are {len(files)} files")
    limit = span(timeout, "--timeout")
    with application() as app:
        zone = app.settings.timezone
        due = moment(at, "--at", zone) if at else None
        since = moment(published_at, "--published-at", zone) if published_at else None
        hints = Hints(publication=publication, url=url, published_at=since, tags=tags, at=due, breaking=breaking)
        desk = _Desk(app, hints, to, due, dry_run)
        try:
            desk.take_all(files)
        finally:
            failed = wait and not dry_run and not _waited(app, desk, limit)
            for taken in desk.taken:
                _show(taken, app, as_json)
    return 2 if desk.bad else int(failed)


class _Desk:
    """Takes files in one by one; a bad one is told on stderr and stops no other."""

    def __init__(self, app: Application, hints: Hints, to: Sequence[str], due: datetime | None, dry_run: bool) -> None:
        self._app, self._hints, self.to, self._due, self._dry_run = app, hints, to, due, dry_run
        self.taken: list[Taken] = []
        self.bad = 0
        self._awake = True

    def take_all(self, files: Sequence[str]) -> None:
        """Take every file in, and wake who has something to do now."""
        from wireroom.cli.articles import passed_over
        from wireroom.model.errors import ArticleError, UsageError

        with bar("publishing", len(files)) as progress:
            for number, name in enumerate(files, 1):
                try:
                    if why := passed_over(name, files):
                        complain(f"{name}: {why}, passed over")
                    else:
                        self._take(name)
                except (ArticleError, UsageError) as error:
                    self.bad += 1
                    complain(str(error))
                progress.at(number)
        if not self._awake:
            complain(_ASLEEP)

    def _take(self, name: str) -> None:
        from wireroom.cli.articles import read

        draft = read(name, self._app.settings.publications, self._hints, self._app.store.now())
        taken = self._app.intake.take(draft, to=self.to, at=self._due, dry_run=self._dry_run)
        self.taken.append(taken)
        if not self._dry_run and self._awake:
            self._awake = self._wake(taken)

    def _wake(self, taken: Taken) -> bool:
        now = self._app.store.now()
        lanes = {each.destination: each.breaking for each in taken.fresh if each.state == "planned" and each.due <= now}
        return self._app.wake(lanes) if lanes else True


def _waited(app: Application, desk: _Desk, limit: timedelta) -> bool:
    """Wait for what was asked for, put how it ended in its place; False when something failed or did not end."""
    from dataclasses import replace

    from wireroom.cli.waiting import until_ended

    asked = [each.id for taken in desk.taken for each in taken.deliveries if not desk.to or each.destination in desk.to]
    with suppress(KeyboardInterrupt):
        until_ended(app.store, asked, limit)
    now = {each.id: app.store.delivery(each.id) for taken in desk.taken for each in taken.deliveries}
    desk.taken[:] = [replace(taken, deliveries=tuple(now[d.id] for d in taken.deliveries)) for taken in desk.taken]
    pending = [now[each] for each in asked if now[each].state in {"planned", "sending", "unconfirmed"}]
    for each in pending:
        complain(f"delivery {each.id} to {each.destination} has not ended: {each.state}")
    failed = [now[each] for each in asked if now[each].state == "failed"]
    for each in failed:
        complain(f"delivery {each.id} to {each.destination} failed: {each.reason}")
    return not pending and not failed


def _show(taken: Taken, app: Application, as_json: bool) -> None:
    from wireroom.cli.moments import shown
    from wireroom.dispatch.shapes import taken_shape

    if as_json:
        record(taken_shape(taken))
        return
    article = taken.article
    known = "new" if taken.new else f"known, revision {article.revision}"
    say(f"{article.title}\n{app.publications[article.publication].name}, {known}: {article.url}")
    columns = ("destination", "action", "state", "due", "id")
    zone = app.settings.timezone
    table(columns, [(d.destination, d.action, d.state, shown(d.due, zone), d.id) for d in taken.deliveries])
    for skip in taken.skipped:
        say(f"not to {skip.destination}: {skip.reason}")
    for note in taken.notes:
        say(f"note: {note}")
    say()


@click.command()
@click.argument("file", type=click.Path(allow_dash=True))
@_article_options
@json_option
@home_option
def preview(
    file: str,
    publication: str,
    url: str,
    published_at: str | None,
    tags: tuple[str, ...],
    to: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what each destination would get, with weights and limits; sends and stores nothing."""
    from wireroom.cli.articles import read
    from wireroom.cli.moments import moment
    from wireroom.sources import Hints

    with application() as app:
        since = moment(published_at, "--published-at", app.settings.timezone) if published_at else None
        hints = Hints(publication=publication, url=url, published_at=since, tags=tags)
        draft = read(file, app.settings.publications, hints, app.store.now())
        found = app.intake.preview(draft, to=to)
    if as_json:
        record(_preview_shape(found))
    else:
        _show_preview(found)


def _preview_shape(found: Preview) -> dict[str, object]:
    from wireroom.dispatch.shapes import article_shape, post_shape

    return {
        "article": article_shape(found.article),
        "posts": [post_shape(post) for post in found.posts],
        "skipped": [{"destination": skip.destination, "reason": skip.reason} for skip in found.skipped],
        "notes": list(found.notes),
    }


def _show_preview(found: Preview) -> None:
    say(f"{found.article.title}\n{found.article.url}\n")
    for post in found.posts:
        _show_post(post)
    for skip in found.skipped:
        say(f"not to {skip.destination}: {skip.reason}")
    for note in found.notes:
        say(f"note: {note}")


def _show_post(post: Post) -> None:
    bound = f" of {post.limit}" if post.limit else ""
    weight = f", weight {post.weight}{bound}" if post.weight or post.limit else ""
    click.secho(f"── {post.destination} ({post.channel}{weight})", bold=True)
    say(post.text)
    if post.link and post.link not in post.text:
        say(f"link: {post.link}")
    if post.picture:
        picture = post.picture
        say(f"picture: {picture.url or picture.path}, alt text: {picture.alt or 'none'}")
    say()
