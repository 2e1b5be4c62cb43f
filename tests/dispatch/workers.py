"""Workers that run one at a time and stand still where they are told to: between two calls, or on the wire."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from wireroom.model.delivery import Claim, Delivery, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from wireroom.store import Store

BORDERS = ("claimed", "on the wire", "answered", "settled", "read")
"""Where a worker can stand still: it has a claim; it has asked the platform; the platform has acted, and its answer
is not in yet; it has written how it ended; it has read a delivery anew."""


class Wrong(BaseException):
    """What must never happen has happened. No `Exception`, since lanes survive those of their channels."""


class Killed(BaseException):
    """The worker's process is no more."""


class Worker:
    """A worker's process: a thread that moves only while `start`, `go` or `kill` waits for it.

    `where` is the border at which it stands, "" while it has nothing to do. `claim` is the last it was given, `answer`
    what the platform has in mind for its next call.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.where = ""
        self.claim: Claim | None = None
        self.answer = "yes"
        self._stops: Collection[str] = ()
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = False
        self._error: BaseException | None = None

    def start(self, work: Callable[[], object], stops: Collection[str]) -> None:
        """Begin to work, and stand still at the first of these borders."""
        self._stops = stops
        threading.Thread(target=self._live, args=(work,), daemon=True).start()
        self._wait()

    def go(self, stops: Collection[str]) -> None:
        """Go on to the next of these borders, or to the end."""
        self._stops = stops
        self._turn.release()
        self._wait()

    def kill(self) -> None:
        """End at once, wherever it stands."""
        self._killed = True
        if self.where:
            self.go(())

    def at(self, border: str) -> None:
        """Called by the worker itself at a border: stand still there if that was asked for."""
        if border not in self._stops:
            return
        self.where = border
        self._back.release()
        self._turn.acquire()
        self.where = ""
        if self._killed:
            raise Killed

    def _live(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001  (it is the test that must hear of it)
            self._error = error
        self._back.release()

    def _wait(self) -> None:
        self._back.acquire()
        error, self._error = self._error, None
        if error is not None:
            raise AssertionError(f"{self.name}: {error!r}") from error


class _Watched:
    """A store as one worker sees it: after each call that counts the worker is at a border."""

    def __init__(self, store: Store, worker: Worker, claimed: Callable[[Claim], None]) -> None:
        self._store, self._worker, self._claimed = store, worker, claimed

    def settle(self, claim: Claim, verdict: Verdict, **more: Any) -> bool:
        """Settle; who does not hold the newest token is not heard."""
        newest = self._store.delivery(claim.delivery.id).token
        heard = self._store.settle(claim, verdict, **more)
        if heard and newest != claim.delivery.token:
            raise Wrong("the word of a stale lease was heard")
        self._worker.at("settled")
        return heard

    def settle_and_claim(self, claim: Claim, verdict: Verdict, *rest: Any, **more: Any) -> Any:
        """Settle one and claim the next; what is true of each alone is true of both."""
        newest, following = self._store.delivery(claim.delivery.id).token, self._store.delivery(rest[1].id)
        settled, held = self._store.settle_and_claim(claim, verdict, *rest, **more)
        if settled and newest != claim.delivery.token:
            raise Wrong("the word of a stale lease was heard")
        if held is None:
            self._worker.at("settled")
        else:
            self._taken(held[0], following)
        return settled, held

    def _taken(self, claim: Claim, before: Delivery | None) -> None:
        if before and before.token >= claim.delivery.token:
            raise Wrong("claimed without a new token")
        if before and before.lease_until and before.lease_until > self._store.now():
            raise Wrong("claimed while somebody holds it")
        self._worker.claim = claim
        self._claimed(claim)
        self._worker.at("claimed")

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._call(name, found) if callable(found) else found

    def _call(self, name: str, found: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **more: Any) -> Any:
            before = self._store.delivery(args[0].id) if name.startswith("claim") else None
            result = found(*args, **more)
            claim = result[0] if isinstance(result, tuple) else result
            if isinstance(claim, Claim):
                self._taken(claim, before)
            elif name == "delivery":
                self._worker.at("read")
            return result

        return called


def watched(store: Store, worker: Worker, claimed: Callable[[Claim], None]) -> Store:
    """The store as `worker` sees it; `claimed` is told of every claim it is given."""
    return cast("Store", _Watched(store, worker, claimed))
