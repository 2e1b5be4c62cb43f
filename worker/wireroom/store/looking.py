"""Looks: an unconfirmed delivery is leased like a send while somebody asks its platform whether it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, literal_column, select, update

from wireroom.model.delivery import State
from wireroom.store.codec import micros, moment
from wireroom.store.lane import Lane
from wireroom.store.statements import CLOSE_OPEN_ATTEMPTS, D, in_state
from wireroom.store.tables import deliveries

if TYPE_CHECKING:
    from datetime import timedelta

    from wireroom.model.delivery import Claim, Delivery

_KEY = bindparam("key", type_=BigInteger)
_NOW = bindparam("now", type_=BigInteger)

_LOOK = (
    update(deliveries)
    .where(
        D.id == _KEY,
        in_state(State.UNCONFIRMED),
        D.token == bindparam("old_token"),
        func.coalesce(D.lease_until, literal_column("0")) <= _NOW,
    )
    .values(token=bindparam("new_token"), lease_until=bindparam("new_lease_until"), holder=bindparam("new_holder"))
)

_HOLDS = select(D.id).where(D.id == _KEY, D.token == bindparam("old_token"), in_state(State.UNCONFIRMED))


class Looking(Lane):
    """What a worker does with deliveries it is not sure of."""

    def claim_look(self, delivery: Delivery, *, holder: str, lease: timedelta) -> Claim | None:
        """Take an unconfirmed delivery to look for it on its platform; None while somebody else does, or has."""
        now = self._database.now()
        until = moment(now) + lease
        looking = replace(delivery, token=delivery.token + 1, lease_until=until, holder=holder)
        with self._database.writing() as session:
            changed = session.change(
                _LOOK,
                key=int(delivery.id),
                old_token=delivery.token,
                now=now,
                new_token=looking.token,
                new_lease_until=micros(until),
                new_holder=holder,
            )
            if not changed:
                return None
            if delivery.lease_until is not None:
                why = "whoever looked did not come back"
                session.change(CLOSE_OPEN_ATTEMPTS, key=int(delivery.id), at=now, how="unsure", why=why)
            return self._with_post(session, looking)

    def open_look(self, claim: Claim) -> int | None:
        """Open the attempt row of a look; its number, or None when the lease was taken away."""
        now = self._database.now()
        with self._database.writing() as session:
            if session.row(_HOLDS, key=int(claim.delivery.id), old_token=claim.delivery.token) is None:
                return None
            return self._open_attempt(session, claim, now)
