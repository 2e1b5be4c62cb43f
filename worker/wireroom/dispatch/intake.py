"""Takes an article in: who it is, where it goes, what each place gets; one transaction, one way.

draft ─▶ identify ─▶ plan ─▶ render ─▶ store          (the caller wakes the lanes after the commit)
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.compose.feeds.labels import labels
from wireroom.compose.feeds.press import Press
from wireroom.compose.permalink import permalink
from wireroom.compose.plan import Circumstances, Plan, Planned, Skipped, plan
from wireroom.compose.render import Templates, render
from wireroom.dispatch import identity
from wireroom.dispatch.whole import whole
from wireroom.model.delivery import Delivery, Move
from wireroom.model.errors import NotFound, UsageError
from wireroom.model.post import Action, post_key
from wireroom.store import Alias, Conflict, NewDelivery, Store, Transaction
from wireroom.store.files import appearing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wireroom.model.article import Article, Draft, Picture
    from wireroom.model.channel import Kind
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post
    from wireroom.model.publication import Publication
    from wireroom.store import Restored

UNDATED = timedelta(days=7)  # how long after a restore an article without a date may be one that was out before


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a draft: the article, whether it is new, its deliveries, the destinations left out, remarks."""

    article: Article
    new: bool
    deliveries: tuple[Delivery, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    fresh: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What each destination would get."""

    article: Article
    posts: tuple[Post, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What intake needs to know of the newsroom: its outlets, its destinations, its templates, where pictures go."""

    publications: Mapping[str, Publication]
    destinations: tuple[Destination, ...]
    kinds: Mapping[str, Kind]
    templates: Templates
    media: Path
    public_url: str
    retention: timedelta = timedelta(days=90)


class Intake:
    """The one way in. Safe to call from many processes at once."""

    def __init__(self, store: Store, house: House) -> None:
        self._store, self._house = store, house
        self._press = Press(house.destinations, list(house.publications.values()), house.public_url)

    def take(self, draft: Draft, *, to: Sequence[str] = (), at: datetime | None = None, dry_run: bool = False) -> Taken:
        """Store the article and queue its posts, in one durable transaction.

        Raises `NotFound` for an unknown destination in `to`, `SettingsError` for a template that does not render;
        nothing is stored then. With `dry_run` everything is worked out and nothing is kept.
        """
        self._check_names(to)
        picture = draft.picture and self._keep(draft.picture, really=not dry_run)
        return self._take(draft, picture, to, at or draft.at, dry_run=dry_run)[0]

    def preview(self, draft: Draft, *, to: Sequence[str] = ()) -> Preview:
        """The exact posts each destination gets at first sight, made by the code `take` runs; stores nothing."""
        self._check_names(to)
        picture = draft.picture and self._keep(draft.picture, really=False)
        taken, posts = self._take(draft, picture, to, draft.at, dry_run=True, anew=True)
        return Preview(taken.article, posts, taken.skipped, taken.notes)

    def _take(
        self,
        draft: Draft,
        picture: Picture | None,
        to: Sequence[str],
        at: datetime | None,
        *,
        dry_run: bool,
        anew: bool = False,
    ) -> tuple[Taken, tuple[Post, ...]]:
        return whole(self._store, lambda tx: self._in(tx, draft, picture, to, at, anew=anew), dry_run=dry_run)

    def _in(
        self,
        tx: Transaction,
        draft: Draft,
        picture: Picture | None,
        to: Sequence[str],
        at: datetime | None,
        *,
        anew: bool,
    ) -> tuple[Taken, tuple[Post, ...]]:
        publication = self._house.publications[draft.publication]
        now = tx.now()
        found = self._identify(tx, draft, picture, now)
        known_by = self._aliases(draft, found.article, publication)
        if found.changed:
            tx.save_article(found.article, known_by)
        else:
            tx.recognise(found.article.uid, known_by)  # a copy of the file, a first address: known by these as well
        existing = [] if anew else tx.deliveries(found.article.uid)
        circumstances = Circumstances(
            now=now,
            known=not (found.new or anew),
            out_before=not found.new and tx.find_article([identity.before_alias(found.article.uid)]) is not None,
            changed=found.changed,
            kept_since=now - self._house.retention,
            existing=existing,
            to=to,
            at=at,
        )
        decided = plan(found.article, publication, self._house.destinations, self._house.kinds, circumstances)
        posts = [self._render(found.article, publication, planned) for planned in decided.planned]
        if not anew:
            feeds = [each.destination.name for each in decided.planned if each.action is not Action.RETRACT]
            tx.prepare(found.article, labels(found.article), self._press.fragments(found.article, feeds))
        lost = _lost(tx.restored(), draft, found.article, now) if decided.planned and not anew else None
        made = [] if anew else self._open(tx, found.article, decided, posts, lost)
        replaced = {planned.replaces.id for planned in decided.planned if planned.replaces}
        standing = [delivery for delivery in existing if delivery.id not in replaced]
        notes = tuple(remarks(found.article, publication, self._house.destinations))
        skipped = _worth_telling(decided, standing)
        return Taken(found.article, found.new, (*standing, *made), skipped, notes, tuple(made)), tuple(posts)

    def _identify(self, tx: Transaction, draft: Draft, picture: Picture | None, now: datetime) -> identity.Identity:
        publication = self._house.publications[draft.publication]
        known = tx.find_article(identity.aliases(draft, publication))
        if known is None and (file := identity.file_alias(draft, publication)):
            candidate = tx.find_article([file])
            known = candidate if candidate and identity.same_story(candidate, draft) else None
        if known is None:
            candidate = tx.find_article([identity.title_alias(draft, publication)])
            known = candidate if candidate and identity.same_news(candidate, draft) else None
        uid = known.uid if known else identity.mint(draft, publication)
        url = draft.url or (known.url if known else self._permalink(tx, draft, publication))
        return identity.identify(draft, known, uid=uid, url=url, picture=picture, now=now)

    def _permalink(self, tx: Transaction, draft: Draft, publication: Publication) -> str:
        def taken(url: str) -> bool:
            return tx.find_article([Alias("url", identity.normal_url(url))]) is not None

        return permalink(publication, draft.title, draft.published_at, taken)

    def _aliases(self, draft: Draft, article: Article, publication: Publication) -> list[Alias]:
        known_by = identity.aliases(draft, publication)
        file = identity.file_alias(draft, publication)
        address = Alias("url", identity.normal_url(article.url))
        return list(dict.fromkeys([*known_by, address, *([file] if file else [])]))

    def _render(self, article: Article, publication: Publication, planned: Planned) -> Post:
        destination = planned.destination
        key = post_key(article.uid, destination.name, planned.action, article.revision)
        kind = self._house.kinds[destination.channel]
        return render(article, destination, publication, kind, key=key, templates=self._house.templates)

    def _open(
        self, tx: Transaction, article: Article, decided: Plan, posts: Sequence[Post], lost: datetime | None
    ) -> list[Delivery]:
        for planned in decided.planned:
            if planned.replaces:
                why = f"revision {article.revision} takes its place"
                if tx.move(planned.replaces, Move.SUPERSEDE, by="intake", why=why) is None:
                    raise Conflict(f"delivery {planned.replaces.id} moved meanwhile")
        return tx.open(
            [
                NewDelivery(
                    post=post,
                    action=planned.action,
                    due=planned.due,
                    breaking=article.breaking,
                    published_at=article.published_at,
                    publication=article.publication,
                    out_since=lost if planned.action is Action.CREATE else None,
                    meant=planned.meant,
                    held=planned.held,
                    why=planned.replaces.reason if planned.held and planned.replaces else "",
                )
                for planned, post in zip(decided.planned, posts, strict=True)
            ]
        )

    def _check_names(self, names: Sequence[str]) -> None:
        known = {destination.name for destination in self._house.destinations}
        if missing := [name for name in names if name not in known]:
            raise NotFound(f"no destination {missing[0]!r}; there are {', '.join(sorted(known))}")

    def _keep(self, picture: Picture, *, really: bool) -> Picture:
        """A local picture, copied to the newsroom's own media under the hash of its bytes."""
        if not picture.path:
            return picture
        source = Path(picture.path)
        try:
            name = hashlib.sha256(source.read_bytes()).hexdigest()[:32] + source.suffix.lower()
            kept = self._house.media / name
            if really and not kept.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                with appearing(kept) as half:
                    shutil.copyfile(source, half)
        except OSError as error:
            raise UsageError(f"{picture.path}: the picture cannot be kept in {self._house.media}: {error}") from error
        return replace(picture, path=str(kept), url=picture.url or f"{self._house.public_url}/media/{name}")


def _lost(restored: Restored | None, draft: Draft, article: Article, now: datetime) -> datetime | None:
    """Since when posts of an article may be out that a restored database does not know of; None when none can be."""
    if restored is None:
        return None
    perhaps = not draft.dated and now < restored.at + UNDATED
    return restored.made if perhaps or article.published_at < restored.at else None


def _worth_telling(decided: Plan, standing: Sequence[Delivery]) -> tuple[Skipped, ...]:
    there = {delivery.destination for delivery in standing}
    return tuple(
        skipped
        for skipped in decided.skipped
        if skipped.destination not in there or not skipped.reason.startswith("queued already")
    )


def remarks(article: Article, publication: Publication, destinations: Sequence[Destination]) -> list[str]:
    """What an editor should know: accounts the footer asks readers to join and no destination serves."""
    said = []
    for account in article.footer.accounts:
        serving = [
            destination
            for destination in destinations
            if destination.channel == account.platform
            and (not destination.publications or publication.key in destination.publications)
        ]
        names = [str(destination.options.get("account") or "") for destination in serving]
        if not serving or (all(names) and account.name.casefold() not in {_handle(name) for name in names}):
            said.append(f"the footer names {account.url}, and no destination serves that {account.platform} account")
    return said


def _handle(account: str) -> str:
    return account.rstrip("/").rpartition("/")[2].lstrip("@").casefold()
