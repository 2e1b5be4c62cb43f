"""The lane: what is due, claim it, touch the wire, settle how it ended. The hot path; each a short transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Float, Text, bindparam, func, insert, literal_column, null, select, update

from wireroom.model.delivery import PENDING, Claim, Entry, Move, State
from wireroom.model.errors import StoreError
from wireroom.model.post import Action, Receipt
from wireroom.store.codec import (
    LATE,
    clean,
    maybe_clean,
    maybe_micros,
    maybe_moment,
    moment,
    rank,
    read_delivery,
    write_exchange,
)
from wireroom.store.effects import Change, apply
from wireroom.store.money import MICRO, Charging, cost_of, price_of, set_free
from wireroom.store.moving import ended_at, log_change
from wireroom.store.part import Part
from wireroom.store.statements import (
    WRITE,
    D,
    append,
    columns,
    in_state,
    in_states,
    versions,
)
from wireroom.store.tables import attempts, deliveries

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Update

    from wireroom.model.delivery import Delivery, Verdict
    from wireroom.store.database import Session

_KEY = bindparam("key", type_=BigInteger)
_NOW = bindparam("now", type_=BigInteger)
_older = deliveries.alias("older")
_DUE = (
    select(*columns())
    .where(
        D.destination == bindparam("destination"),
        in_state(State.PLANNED),
        D.rank >= bindparam("first"),
        D.rank <= bindparam("last"),
        D.due <= _NOW,
        ~select(literal_column("1"))
        .where(
            _older.c.uid == D.uid,
            _older.c.destination == D.destination,
            _older.c.id < D.id,
            in_states(*PENDING, table=_older),
        )
        .exists(),
    )
    .order_by(D.rank, D.due, D.id)
    .limit(bindparam("limit"))
)

_before = deliveries.alias("before")
_DUE_BEHIND = _DUE.where(
    ~select(literal_column("1"))
    .where(
        _before.c.uid == D.uid,
        _before.c.destination == bindparam("behind"),
        _before.c.revision <= D.revision,
        in_states(*PENDING, table=_before),
    )
    .exists()
)

_CLAIM = (
    update(deliveries)
    .where(
        D.id == bindparam("next_key", type_=BigInteger),
        in_state(State.PLANNED),
        D.token == bindparam("next_old_token"),
    )
    .values(
        state=State.SENDING.value,
        token=bindparam("next_token"),
        attempts=bindparam("next_attempts"),
        rank=bindparam("next_rank"),
        lease_until=bindparam("next_lease_until"),
        holder=bindparam("next_holder"),
        touched=null(),
    )
)
CLAIM_AND_TOUCH = _CLAIM.values(touched=_NOW, first_touched=func.coalesce(D.first_touched, _NOW))

_TOUCH = (
    update(deliveries)
    .where(
        D.id == _KEY,
        in_state(State.SENDING),
        D.token == bindparam("old_token"),
        D.lease_until > _NOW,
    )
    .values(touched=_NOW, first_touched=func.coalesce(D.first_touched, _NOW))
)

_OPEN_ATTEMPT = (
    insert(attempts)
    .from_select(
        ["delivery", "number", "destination", "started", "cost"],
        select(
            _KEY,
            func.coalesce(func.max(attempts.c.number), literal_column("0")) + literal_column("1"),
            bindparam("destination", type_=Text),
            _NOW,
            bindparam("price", type_=Float),
        ).where(attempts.c.delivery == _KEY),
    )
    .returning(attempts.c.number)
)

CLOSE_ATTEMPT = (
    update(attempts)
    .where(attempts.c.delivery == _KEY, attempts.c.number == bindparam("which"))
    .values(
        ended=_NOW,
        outcome=bindparam("how"),
        status=bindparam("new_status"),
        code=bindparam("new_code"),
        message=bindparam("new_message"),
        milliseconds=bindparam("new_milliseconds"),
        exchange=bindparam("new_exchange"),
        cost=func.coalesce(bindparam("new_cost", type_=Float), attempts.c.cost),
    )
)

_EARLIER = (
    select(D.remote_id, D.remote_url, D.delivered)
    .where(
        D.uid == bindparam("uid"),
        D.destination == bindparam("destination"),
        in_state(State.DELIVERED),
        D.action != literal_column(f"'{Action.RETRACT.value}'"),
        D.id < _KEY,
    )
    .order_by(D.id.desc())
    .limit(1)
)


class Lane(Part):
    """What a worker does with deliveries."""

    def due(
        self, destination: str, *, limit: int, breaking_only: bool = False, late: bool = False, behind: str = ""
    ) -> list[Delivery]:
        """What is due on a destination: breaking first, new before tried, then by due time and age.

        A delivery waits while an older one of the same article on the same destination has not ended. What was marked
        as late is not among them; with `late` nothing else is. `behind` is the feed the destination follows: there
        nothing of the same article, in the same revision or an earlier one, may be pending either.
        """
        first, last = (LATE, LATE) if late else (0, 1 if breaking_only else 3)
        values = {"destination": destination, "first": first, "last": last, "now": self._database.now(), "limit": limit}
        with self._database.reading() as session:
            rows = session.rows(_DUE_BEHIND, behind=behind, **values) if behind else session.rows(_DUE, **values)
            if len(rows) > 1:
                self._frozen.lay_out(session, [row[0] for row in rows])
        return [read_delivery(row) for row in rows]

    def claim(self, delivery: Delivery, *, holder: str, lease: timedelta) -> Claim | None:
        """Take a planned delivery for `lease`; None when it has changed since it was read."""
        now = self._database.now()
        claimed = _claimed(delivery, holder, moment(now), lease)
        with self._database.writing() as session:
            return self._claim(session, _CLAIM, delivery, claimed, moment(now))

    def claim_and_touch(
        self, delivery: Delivery, *, holder: str, lease: timedelta, charging: Charging | None = None
    ) -> tuple[Claim, int] | None:
        """`claim` and `touch` in one transaction, for who sends at once: the claim and the attempt's number, or None.

        On the disk before it returns, like `touch`. `charging` says what the post costs: that stands in the attempt
        from now on, and None is also the answer when it can no longer be spent.
        """
        now = self._database.now()
        with self._database.writing(durable=True) as session:
            price = price_of(session, self._frozen, delivery, charging, sqlite=self._database.sqlite)
            return None if price is None else self._take(session, delivery, holder, lease, now, price)

    def _take(
        self, session: Session, delivery: Delivery, holder: str, lease: timedelta, now: int, price: int
    ) -> tuple[Claim, int] | None:
        new = touched(delivery, holder, moment(now), lease)
        claim = self._claim(session, CLAIM_AND_TOUCH, delivery, new, moment(now), now=now)
        return None if claim is None else (claim, self._open_attempt(session, claim, now, price))

    def _claim(
        self, session: Session, statement: Update, old: Delivery, new: Delivery, at: datetime, **more: int
    ) -> Claim | None:
        if not session.change(statement, **claiming(old, new), **more):
            return None
        append(session, old.id, Entry(at=at, move=Move.CLAIM, from_state=old.state, to_state=new.state, by=new.holder))
        return self._with_post(session, new)

    def touch(self, claim: Claim) -> int | None:
        """Say, before it happens and so that no power cut forgets it, that the wire is about to be touched.

        The number of the attempt this opens; None when the lease ran out or was taken away: then do not send.
        """
        now = self._database.now()
        key = int(claim.delivery.id)
        with self._database.writing(durable=True) as session:
            if not session.change(_TOUCH, key=key, old_token=claim.delivery.token, now=now):
                return None
            return self._open_attempt(session, claim, now)

    def settle(self, claim: Claim, verdict: Verdict, *, by: str, attempt: int | None) -> bool:
        """Write how a try or a look ended; False when the lease was taken away meanwhile, and then nothing is written.

        Raises `Refused` when the state does not allow the verdict's move.
        """
        now = self._database.now()
        with self._database.writing() as session:
            return self._settle(session, claim.delivery, verdict, by, attempt, now)

    def _settle(
        self, session: Session, old: Delivery, verdict: Verdict, by: str, attempt: int | None, now: int
    ) -> bool:
        at, change = moment(now), change_of(verdict)
        new = apply(old, change, at)
        if not session.change(WRITE, **versions(old, new, ended_at(new, at))):
            return False
        if attempt is not None:
            session.change(CLOSE_ATTEMPT, key=int(old.id), now=now, **closing(attempt, verdict))
        if change.move is Move.ABSENT:
            set_free(session, int(old.id))
        log_change(session, old, new, change, by=by, now=at)
        return True

    def _open_attempt(self, session: Session, claim: Claim, now: int, price: int = 0) -> int:
        delivery = claim.delivery
        row = session.row(
            _OPEN_ATTEMPT, key=int(delivery.id), destination=delivery.destination, now=now, price=price / MICRO
        )
        return int(row[0]) if row else 0

    def _with_post(self, session: Session, delivery: Delivery) -> Claim:
        post = self._frozen.post(session, int(delivery.id))
        if post is None:
            raise StoreError(f"delivery {delivery.id} has lost its post; restore the database from a backup")
        earlier = None if delivery.action is Action.CREATE else _earlier(session, delivery)
        return Claim(delivery=delivery, post=post, earlier=earlier)


def _claimed(delivery: Delivery, holder: str, now: datetime, lease: timedelta) -> Delivery:
    """A planned delivery as it stands once it is claimed."""
    return replace(
        delivery,
        state=State.SENDING,
        token=delivery.token + 1,
        attempts=delivery.attempts + 1,
        lease_until=now + lease,
        holder=holder,
        touched=None,
    )


def touched(delivery: Delivery, holder: str, now: datetime, lease: timedelta) -> Delivery:
    """A planned delivery as it stands once it is claimed and the wire is about to be touched."""
    first = delivery.first_touched or now
    return replace(_claimed(delivery, holder, now, lease), touched=now, first_touched=first)


def claiming(old: Delivery, new: Delivery) -> dict[str, object]:
    """The values of a claim that makes a row of `old` into `new`."""
    return {
        "next_key": int(old.id),
        "next_old_token": old.token,
        "next_token": new.token,
        "next_attempts": new.attempts,
        "next_rank": rank(breaking=new.breaking, attempts=new.attempts),
        "next_lease_until": maybe_micros(new.lease_until),
        "next_holder": new.holder,
    }


def change_of(verdict: Verdict) -> Change:
    """What a verdict changes in its delivery."""
    return Change(
        move=verdict.move,
        why=verdict.why,
        due=verdict.due,
        looked=verdict.looked,
        receipt=verdict.receipt,
        failure=verdict.failure,
    )


def _earlier(session: Session, delivery: Delivery) -> Receipt | None:
    row = session.row(_EARLIER, uid=delivery.uid, destination=delivery.destination, key=int(delivery.id))
    if row is None:
        return None
    return Receipt(remote_id=row[0] or "", remote_url=row[1] or "", at=maybe_moment(row[2]))


def closing(number: int, verdict: Verdict) -> dict[str, object]:
    """The values of CLOSE_ATTEMPT: how attempt `number` of a delivery ended."""
    receipt, failure = verdict.receipt, verdict.failure
    exchange = verdict.exchange or (receipt.exchange if receipt else None)
    return {
        "which": number,
        "how": verdict.outcome,
        "new_status": exchange.status or None if exchange else None,
        "new_code": maybe_clean(failure.code) if failure else None,
        "new_message": clean(failure.message if failure else verdict.why),
        "new_milliseconds": verdict.milliseconds,
        "new_exchange": write_exchange(exchange),
        "new_cost": cost_of(verdict),
    }
