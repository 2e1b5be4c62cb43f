"""From one delivery to the next: how one ended and the claim on another, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Float, Text, bindparam, exists, func, insert, literal_column, select

from wireroom.model.delivery import Claim, Move, State, after
from wireroom.model.post import Action
from wireroom.store.codec import clean, moment
from wireroom.store.effects import apply
from wireroom.store.lane import CLAIM_AND_TOUCH, CLOSE_ATTEMPT, Lane, change_of, claiming, closing, touched
from wireroom.store.money import MICRO
from wireroom.store.moving import ended_at
from wireroom.store.statements import WRITE, D, versions
from wireroom.store.tables import attempts, moves

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import CTE, ColumnElement, Select

    from wireroom.model.delivery import Delivery, Verdict
    from wireroom.model.post import Post

_NOW = bindparam("now", type_=BigInteger)


def _at_once() -> Select[tuple[int, int]]:
    """What `_settle` and `_take` do, as one statement for Postgres: how many were settled, the new attempt's number.

    One round trip instead of eight, and a transaction by itself. Its parts see one and the same state of the tables,
    so each one that depends on another goes by the rows that one returns.
    """
    settled = WRITE.returning(D.id).cte("settled")
    closed = CLOSE_ATTEMPT.where(exists(select(settled.c.id))).cte("closed")
    taken = CLAIM_AND_TOUCH.where(exists(select(settled.c.id))).returning(D.id).cte("taken")
    last = select(func.max(attempts.c.number)).where(attempts.c.delivery == taken.c.id).scalar_subquery()
    number = func.coalesce(last, literal_column("0")) + literal_column("1")
    price = bindparam("price", type_=Float)
    opening = select(taken.c.id, number, bindparam("next_destination", type_=Text), _NOW, price)
    opened = (
        insert(attempts)
        .from_select(["delivery", "number", "destination", "started", "cost"], opening)
        .returning(attempts.c.number)
        .cte("opened")
    )
    return select(
        select(func.count()).select_from(settled).scalar_subquery(),
        select(opened.c.number).scalar_subquery(),
    ).add_cte(closed, _logged(settled, Move.RECEIPT), _logged(taken, Move.CLAIM))


def _logged(changed: CTE, move: Move) -> CTE:
    """The line of the log for the row that has changed, if it has."""
    start = State.PLANNED if move is Move.CLAIM else State.SENDING
    words: list[ColumnElement[str]] = [
        literal_column(f"'{word}'") for word in (move.value, start.value, after(start, move).value)
    ]
    why = literal_column("''") if move is Move.CLAIM else bindparam("why", type_=Text)
    line = select(changed.c.id, _NOW, *words, bindparam("by", type_=Text), why)
    names = ["delivery", "at", "move", "from_state", "to_state", "by", "why"]
    return insert(moves).from_select(names, line).cte(f"{move.value}_logged")


_AT_ONCE = _at_once()


class HandOver(Lane):
    """What a lane does between two sends."""

    def settle_and_claim(
        self,
        claim: Claim,
        verdict: Verdict,
        attempt: int,
        following: Delivery,
        *,
        by: str,
        lease: timedelta,
        price: int = 0,
    ) -> tuple[bool, tuple[Claim, int] | None]:
        """`settle` one delivery and `claim_and_touch` the following: what each says; on disk like the latter.

        `price` is what the following costs, in micro-dollars. Where the first lease was taken away meanwhile nothing
        is written, and the following is not claimed either.
        Raises `Refused` when the state does not allow the verdict's move.
        """
        now = self._database.now()
        post = self._plain_post(verdict, following)
        if post is not None:
            return self._hand_over(claim.delivery, verdict, attempt, following, post, by, lease, now, price)
        with self._database.writing(durable=True) as session:
            if not self._settle(session, claim.delivery, verdict, by, attempt, now):
                return False, None
            return True, self._take(session, following, by, lease, now, price)

    def _plain_post(self, verdict: Verdict, following: Delivery) -> Post | None:
        """The following post where all of it can be done in one statement: on Postgres, from a receipt to a create."""
        if self._database.sqlite or verdict.move is not Move.RECEIPT or following.action is not Action.CREATE:
            return None
        return self._frozen.at_hand(int(following.id))

    def _hand_over(
        self,
        old: Delivery,
        verdict: Verdict,
        attempt: int,
        following: Delivery,
        post: Post,
        by: str,
        lease: timedelta,
        now: int,
        price: int,
    ) -> tuple[bool, tuple[Claim, int] | None]:
        at = moment(now)
        settled, taken = apply(old, change_of(verdict), at), touched(following, by, at, lease)
        number, opened = self._database.alone(
            _AT_ONCE,
            **versions(old, settled, ended_at(settled, at)),
            **closing(attempt, verdict),
            **claiming(following, taken),
            next_destination=following.destination,
            now=now,
            price=price / MICRO,
            by=clean(by),
            why=clean(verdict.why),
        )
        claimed = None if opened is None else (Claim(delivery=taken, post=post), int(opened))
        return bool(number), claimed
