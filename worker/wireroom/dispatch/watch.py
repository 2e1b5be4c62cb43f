"""The watch: sees what should have happened and has not, keeps what is wrong, and has people told."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.dispatch.sight import DAY, LOOKS
from wireroom.dispatch.troubles import Observations, Sight, troubles
from wireroom.model.destination import Settle, Standing
from wireroom.model.trouble import TroubleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wireroom.dispatch.telling import Teller
    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination
    from wireroom.model.trouble import Trouble
    from wireroom.store import Store

log = logging.getLogger(__name__)

TICK = "tick"  # the fact in the scheduler's sign of life that says when it last finished a tick
_MOST = 200  # deliveries of one kind on one destination that are troubles of their own, the oldest first
_LONGEST = timedelta(seconds=10)  # between two looks
_GAPS = 6  # looks that may be missing in a watch that still counts as one
_FADING = {TroubleKind.FAILED, TroubleKind.UNSEEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the watch goes by: after what time a part is silent, a post late; and which destinations are social."""

    silence: timedelta
    backlog: timedelta | None
    visible: timedelta | None
    zone: str
    social: Callable[[str], bool]


class Watch:
    """One of the watchers of a newsroom: every part of the daemon has one, and whoever holds the lease looks."""

    def __init__(
        self,
        store: Store,
        destinations: Mapping[str, Destination],
        rules: Rules,
        teller: Teller,
        *,
        holder: str,
        broker: Callable[[], bool],
    ) -> None:
        self._store, self._destinations, self._rules, self._teller = store, destinations, rules, teller
        self._holder, self._broker = holder, broker
        self._began = self._answered = store.now()  # what is silent since before may only be starting, as we are

    @property
    def every(self) -> timedelta:
        """How often to look, so that silence is noticed in time."""
        return min(_LONGEST, self._rules.silence / 3)

    def look(self) -> None:
        """Look, if nobody else does, and tell what is news. Raises `StoreError`."""
        now = self._store.now()
        if self._broker():
            self._answered = now
        ready = now - self._began >= self._rules.silence
        if ready and self._store.lease("watch", self._holder, 2.5 * self.every):
            self._note()
        self._teller.tell()

    def _note(self) -> None:
        found = troubles(self.observe())
        kept = self._store.troubles()
        is_open = {each.trouble.key for each in kept if each.solved is None}
        present = {each.key for each in found}
        gone = [each.trouble for each in kept if each.trouble.key in is_open - present and self._seen(each.trouble)]
        faded = [each for each in gone if self._faded(each)]
        over = [each for each in gone if each not in faded]
        if found or gone:
            self._store.note(found, over=over, forgotten=faded)
        for each in found:
            if each.key not in is_open:
                log.warning("trouble: %s", each.said)
        for each in over:
            log.info("solved: %s", each.said)

    def _seen(self, trouble: Trouble) -> bool:
        """Whether a trouble would be found here while it lasts; that an address is deaf only who tells it finds."""
        return trouble.kind is not TroubleKind.ALERTS or trouble.subject not in self._teller.names

    def _faded(self, trouble: Trouble) -> bool:
        """Whether a trouble is gone although nothing was mended: it is too old, or its address is no longer named."""
        if trouble.kind is TroubleKind.ALERTS:
            return True
        if trouble.kind not in _FADING:
            return False
        return not self._store.mended(trouble.subject.rpartition("/")[2], trouble.kind)

    def observe(self) -> Observations:
        """All that can be seen now."""
        now, began = self._store.now(), self._store.watched(_GAPS * self.every)
        standings, warnings, turns = self._store.standings(), self._store.warnings(), self._store.turns()
        sights = []
        for name, place in self._destinations.items():
            standing = standings.get(name) or Standing(name=name)
            feed = standings.get(place.follows) or Standing(name=place.follows)
            # what waited may go out since the destination opened, one by one where it is spaced, and we watch
            ready = max(began, standing.since or began, feed.since or began, turns.get(name, began))
            if feed.state != "open":  # what follows it waits for it
                ready = now
            sights.append(self._sight(place, standing, warnings.get(name, ""), now, ready))
        return Observations(
            now=now,
            began=began,
            silence=self._rules.silence,
            zone=self._rules.zone,
            signs=self._signs(),
            sights=sights,
            doubtful=self._store.in_doubt(_MOST),
            settles={name: place.settle for name, place in self._destinations.items()},
            usual=Settle(),
        )

    def _signs(self) -> dict[str, datetime]:
        """The last signs of life: of any worker, any scheduler, any scheduler's tick, and the broker."""
        signs = {"broker": self._answered}
        for beat in self._store.beats():
            signs[beat.name] = max(beat.at, signs.get(beat.name, beat.at))
            if ticked := _moment(beat.facts.get(TICK, "")):
                signs[TICK] = max(ticked, signs.get(TICK, ticked))
        return signs

    def _sight(self, place: Destination, standing: Standing, warning: str, now: datetime, ready: datetime) -> Sight:
        number, oldest = self._late(place.name, standing, now, ready)
        visible = self._rules.visible is not None
        return Sight(
            destination=place,
            standing=standing,
            social=self._rules.social(place.name),
            failed=self._store.failed(place.name, now - DAY, _MOST),
            unseen=self._store.unseen(place.name, now - DAY, looks=LOOKS, limit=_MOST) if visible else (),
            late=number,
            oldest=oldest,
            warning=warning,
        )

    def _late(self, name: str, standing: Standing, now: datetime, ready: datetime) -> tuple[int, Delivery | None]:
        """What is late on a destination that is open, and has been `ready` for long enough to have sent it."""
        wait = self._rules.backlog
        if wait is None or standing.state != "open" or ready > now - wait:
            return 0, None
        return self._store.late(name, now - wait)


def _moment(text: str) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text)
    return None
