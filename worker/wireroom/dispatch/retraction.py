"""Takes an article back: from every place it went to, and from the line where it has not gone yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.compose.plan import Skipped, newest_on, stands
from wireroom.compose.render import render
from wireroom.dispatch import identity
from wireroom.dispatch.whole import whole
from wireroom.model.delivery import Delivery, Move, State
from wireroom.model.errors import NotFound
from wireroom.model.post import Action, post_key
from wireroom.store import Alias, Conflict, NewDelivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.dispatch.intake import House
    from wireroom.model.article import Article
    from wireroom.model.destination import Destination
    from wireroom.store import Store, Transaction

_WAITING = (State.HELD, State.PLANNED)
_PERHAPS = (State.SENDING, State.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Retracted:
    """What comes of taking an article back: what is to be taken away, what was called off, and what has to stay."""

    article: Article
    deliveries: tuple[Delivery, ...]
    cancelled: tuple[Delivery, ...]
    left: tuple[Skipped, ...]


class Retraction:
    """The one way back. Safe to call again: what is on its way back already stays as it is."""

    def __init__(self, store: Store, house: House) -> None:
        self._store, self._house = store, house

    def take_back(self, name: str, by: str, *, dry_run: bool = False) -> Retracted:
        """Take back the article of this uid or address; `dry_run` works it out and keeps nothing. Raises `NotFound`."""
        return whole(self._store, lambda tx: self._in(tx, self._article(tx, name), by), dry_run=dry_run)

    def _article(self, tx: Transaction, name: str) -> Article:
        article = tx.article(name) or tx.find_article([Alias("url", identity.normal_url(name))])
        if article is None:
            raise NotFound(f"there is no article {name!r}; name it by its uid or its address, as in `wireroom log`")
        return article

    def _in(self, tx: Transaction, article: Article, by: str) -> Retracted:
        existing = tx.deliveries(article.uid)
        opened: list[Delivery] = []
        cancelled: list[Delivery] = []
        left: list[Skipped] = []
        for destination in self._house.destinations:
            chain = [each for each in existing if each.destination == destination.name]
            newest = newest_on(destination.name, chain)
            if newest is None or newest.action is Action.RETRACT:
                continue
            retractable = self._house.kinds[destination.channel].retractable
            # what a restored database does not know to be out is looked for, and what takes it back waits for that
            unseen = [each for each in chain if retractable and each.may_be_out]
            waiting = [each for each in chain if each.state in _WAITING and each not in unseen]
            cancelled += [self._call_off(tx, each, by) for each in waiting]
            if not (stands(chain) or any(each.state in _PERHAPS or each.may_be_out for each in chain)):
                continue
            if retractable:
                opened += tx.open([self._new(article, destination, newest, tx, by)])
            else:
                left.append(Skipped(destination.name, f"{destination.channel} takes nothing back: do it there by hand"))
        return Retracted(article, tuple(opened), tuple(cancelled), tuple(left))

    def _call_off(self, tx: Transaction, delivery: Delivery, by: str) -> Delivery:
        moved = tx.move(delivery, Move.CANCEL, by=by, why=f"the article was taken back by {by}")
        if moved is None:
            raise Conflict(f"delivery {delivery.id} moved meanwhile")
        return moved

    def _new(
        self, article: Article, destination: Destination, newest: Delivery, tx: Transaction, by: str
    ) -> NewDelivery:
        publication, kind = self._house.publications[article.publication], self._house.kinds[destination.channel]
        key = post_key(article.uid, destination.name, Action.RETRACT, article.revision)
        post = render(article, destination, publication, kind, key=key, templates=self._house.templates)
        return NewDelivery(
            post=post,
            action=Action.RETRACT,
            due=tx.now(),
            breaking=True,  # what is wrong is taken away before anything is added
            published_at=article.published_at,
            publication=article.publication,
            repeat=newest.repeat,
            why=f"taken back by {by}",
        )


def called(deliveries: Sequence[Delivery]) -> str:
    """The destinations of deliveries, for people."""
    return ", ".join(dict.fromkeys(each.destination for each in deliveries)) or "nowhere"
