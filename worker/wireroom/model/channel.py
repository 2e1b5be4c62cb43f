"""What a channel must do: the whole contract for plug-ins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from wireroom.model.destination import Cap, Destination
    from wireroom.model.post import Post, Receipt
    from wireroom.model.publication import Publication
    from wireroom.model.stock import Stock
    from wireroom.model.subscription import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a channel is given beside its destination: places, a clock, and the posts its feed consists of.

    `feeds` is the folder for feed files, `public_url` where it is seen from outside (no trailing slash).
    `recent(n)` returns the newest n posts that stand on this destination, newest publication first, the one now
    on the wire included. `feeds_from` is where feeds are fetched to see them, "" for `public_url`. `stock` keeps
    what a feed is made of, None where `recent` is all there is; `sisters` are all feeds of the newsroom.
    `subscriptions` are those of the newsroom's own hub, `hub_private` lets subscribers be in our own network.
    """

    feeds: Path
    public_url: str
    now: Callable[[], datetime]
    recent: Callable[[int], Sequence[Post]]
    publications: Sequence[Publication] = ()
    feeds_from: str = ""
    stock: Stock | None = None
    sisters: Sequence[Destination] = ()
    subscriptions: Subscriptions | None = None
    hub_private: bool = False


class Channel(Protocol):
    """A kind of place. Built once per process and destination; used by one thread at a time per lane.

    `repeatable` says that sending the same post twice does no harm (a feed), so nothing is ever unsure.
    """

    repeatable: bool

    def send(self, post: Post) -> Receipt:
        """Put the post there. Raises an `Ending` when that did not come to a receipt, and nothing else."""
        ...


class ChannelFactory(Protocol):
    """How a channel is made: its class is called with the destination and what surrounds it."""

    def __call__(self, destination: Destination, surroundings: Surroundings) -> Channel: ...


@runtime_checkable
class Findable(Protocol):
    """Can look whether a post is on the platform."""

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of this post if it is there, sent at or after `since` (aware); None if it is not."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A post that was delivered, and the receipt of it."""

    post: Post
    receipt: Receipt


@runtime_checkable
class Visible(Protocol):
    """Can tell of many posts at once whether readers see them."""

    def visible(self, sent: Sequence[Sent], since: datetime) -> Sequence[bool]:
        """Whether each of these posts, sent at or after `since` (aware), is to be seen; in the same order.

        Called now and then, and never to decide whether something is sent. Raises an `Ending` when it cannot be told.
        """
        ...


@runtime_checkable
class Amendable(Protocol):
    """Can change a post that is there."""

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """Make the post that `receipt` proves read as `post`; may be repeated."""
        ...


@runtime_checkable
class Retractable(Protocol):
    """Can take a post away."""

    def retract(self, receipt: Receipt, post: Post) -> Receipt:
        """Take away the post that `receipt` proves; taking away what is gone already is no error."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """Can make a live, harmless call."""

    def check(self) -> str:
        """Who we are there, in a few words; raises an `Ending` that says what is wrong."""
        ...


@runtime_checkable
class Refreshable(Protocol):
    """Keeps something that readers should find before the first post, and anew after the settings changed."""

    def refresh(self) -> object:
        """Bring what is kept up to date; may be repeated. Raises an `Ending`."""
        ...


@runtime_checkable
class Rationed(Protocol):
    """Calls a platform that counts calls.

    `account` names whose calls it counts together: the same for all destinations that post as one account. `reads`
    is the same for look-ups: another name where the platform counts them apart. Neither may tell a secret.
    """

    account: str
    reads: str


@runtime_checkable
class Priced(Protocol):
    """Costs money."""

    def price(self, post: Post) -> float:
        """What sending this post costs, in US dollars."""
        ...


@runtime_checkable
class Metered(Protocol):
    """Pays for what it reads, too."""

    def reading(self) -> float:
        """What the last `find` cost, in US dollars, however it ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a platform told of the credentials: when that was (aware), when they end (None: no end is known).

    `missing_scopes` are permissions that posting needs and the token lacks. `warning` is one sentence on what a
    person must do and by when, "" while all is well; channels leave it to the dispatcher.
    """

    checked: datetime
    expires: datetime | None = None
    data_access_expires: datetime | None = None
    missing_scopes: tuple[str, ...] = ()
    warning: str = ""


@runtime_checkable
class Credentialed(Protocol):
    """Can tell how long its credentials are good for."""

    def health(self) -> Health:
        """Ask the platform, by reading alone. Raises an `Ending`: `LockedOut` for credentials that are dead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting of a channel: its type, whether it must be there, its default, a sentence of help.

    `type` is one of "text", "number", "flag", "texts" (a list), "duration" ("20s"), "secret", "address" (a URL
    that paths are put behind), "url" (one that stays as it is), "target" (a folder, or an address that files can be
    put at), "dollars" (a table of sums in US dollars, whose keys are those of its default). A secret is one line, or
    with `lines` as many as a private key has.
    `choices` are the only texts allowed, where there are any; `least` is the smallest number. `form` is a regular
    expression that a whole text must match, `default` an example of one that does.
    """

    type: str = "text"
    required: bool = False
    default: object = None
    help: str = ""
    choices: tuple[str, ...] = ()
    least: int | None = None
    form: str = ""
    lines: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A channel as the settings and the composer know it, light to load; `factory` is "module:class".

    `measure` names how text is weighed ("x", "characters" or "none"), `limit` the most that fits (0: no bound).
    `social` kinds get a default `max_age` of two days. `link_beside` says the link travels outside the text. `caps`
    hold at the platform's own address, for what it allows without saying how much of it is left. What `follows` has
    nothing of its own to say: it brings news of a feed, so its destinations name the feed that they follow.
    """

    name: str
    factory: str
    options: Mapping[str, Option]
    template: str = ""
    measure: str = "none"
    limit: int = 0
    social: bool = True
    link_beside: bool = False
    caps: tuple[Cap, ...] = ()
    amendable: bool = False
    retractable: bool = False
    follows: bool = False
