"""Why a delivery that could go has not gone: what its destination waits for, in its own reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wireroom.model.delivery import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Standing


def explained(deliveries: Iterable[Delivery], standings: Mapping[str, Standing], now: datetime) -> Iterator[Delivery]:
    """The deliveries as people read them: one that is due and waits for its destination says so in its reason."""
    for delivery in deliveries:
        standing = standings.get(delivery.destination)
        why = waits_for(standing) if standing and delivery.state is State.PLANNED and delivery.due <= now else ""
        yield replace(delivery, reason=why) if why else delivery


def waits_for(standing: Standing) -> str:
    """What a destination waits for; "" when nothing keeps it."""
    if standing.state != "open":
        return f"waits, the destination is {standing.state}: {standing.reason}"
    if standing.rests_until is not None:
        return f"waits until {standing.rests_until.isoformat(timespec='seconds')}: {standing.rests_why}"
    return ""
