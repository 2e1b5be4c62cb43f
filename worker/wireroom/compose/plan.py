"""Where an article goes, and when; and for every destination left out, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wireroom.model.delivery import Delivery, State
from wireroom.model.post import Action

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wireroom.model.article import Article
    from wireroom.model.channel import Kind
    from wireroom.model.destination import Destination, Quiet
    from wireroom.model.publication import Publication


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to make: what to do on which destination, due when; `replaces` has gone nowhere yet.

    `meant` is when it would go out if nothing put it off, None for when it is due; `held` that a person must let it go.
    """

    destination: Destination
    action: Action
    due: datetime
    replaces: Delivery | None = None
    meant: datetime | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A destination left out, with the reason as a person would say it."""

    destination: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with one article: the deliveries to make, and the destinations left out."""

    planned: tuple[Planned, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a plan depends on beside the article: the time, the deliveries there are, what the editor asked for.

    `known` says that the article was taken in before, `changed` that this is a new revision of it, `out_before` that
    it was out before it came here. What ended before `kept_since` may have left the log, so that its absence there
    proves nothing.
    """

    now: datetime
    known: bool = False
    changed: bool = True
    out_before: bool = False
    kept_since: datetime | None = None
    existing: Sequence[Delivery] = ()
    to: Collection[str] = ()
    at: datetime | None = None


def plan(
    article: Article,
    publication: Publication,
    destinations: Sequence[Destination],
    kinds: Mapping[str, Kind],
    circumstances: Circumstances,
) -> Plan:
    """Decide for each destination whether `article` goes there, as which action, and when. Touches nothing."""
    planned: list[Planned] = []
    skipped: list[Skipped] = []
    for destination in destinations:
        verdict = _decide(article, publication, destination, kinds[destination.channel], circumstances)
        if isinstance(verdict, Planned):
            planned.append(verdict)
        else:
            skipped.append(Skipped(destination.name, verdict))
    return Plan(tuple(planned), tuple(skipped))


def newest_on(destination: str, deliveries: Sequence[Delivery]) -> Delivery | None:
    """The delivery that speaks for the article on `destination`: the last one made."""
    there = [delivery for delivery in deliveries if delivery.destination == destination]
    return max(there, key=lambda delivery: int(delivery.id), default=None)


def stands(chain: Sequence[Delivery]) -> bool:
    """Whether a post of these deliveries, all of one article on one destination, is there to be seen."""
    done = [delivery for delivery in chain if delivery.state is State.DELIVERED]
    newest = max(done, key=lambda delivery: int(delivery.id), default=None)
    return newest is not None and newest.action is not Action.RETRACT


def too_old(article_time: datetime, max_age: timedelta | None, now: datetime) -> str:
    """Why an article published at `article_time` is too old to be posted at `now`; "" when it is not."""
    if max_age is None or now - article_time <= max_age:
        return ""
    return f"published {spell(now - article_time)} ago, and max_age is {spell(max_age)}"


def out_of_quiet(due: datetime, quiet: Quiet | None, zone: str) -> datetime:
    """`due`, or the end of the quiet hours it falls into (in time zone `zone`), as UTC-aware time."""
    if quiet is None:
        return due
    local = due.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet.start > quiet.end
    inside = clock >= quiet.start or clock < quiet.end if over_midnight else quiet.start <= clock < quiet.end
    if not inside:
        return due
    day = local.date() + timedelta(days=1 if over_midnight and clock >= quiet.start else 0)
    end = datetime.combine(day, quiet.end, tzinfo=local.tzinfo)
    return end.astimezone(due.tzinfo)


def spell(span: timedelta) -> str:
    """A span of time in its two largest units: "3d 4h", "12m", "45s"."""
    seconds = int(span.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")]
    told = [f"{number}{unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or "0s"


def _decide(
    article: Article,
    publication: Publication,
    destination: Destination,
    kind: Kind,
    circumstances: Circumstances,
) -> Planned | str:
    reason = _rule_against(article, destination, circumstances)
    if reason:
        return reason
    newest = newest_on(destination.name, circumstances.existing)
    if newest is None or _to_begin_again(article, newest, circumstances):
        reason = _out_before(destination, kind, newest, circumstances)
        reason = reason or too_old(article.published_at, destination.max_age, circumstances.now)
        reason = reason or _known_against(article, destination, newest, circumstances)
        return reason or _first(article, publication, destination, circumstances)
    return _revise(article, destination, kind, newest, circumstances)


def _to_begin_again(article: Article, newest: Delivery, circumstances: Circumstances) -> bool:
    """Whether what failed is made anew as a first post: not where one stands, nor where it was to be taken back."""
    there = [each for each in circumstances.existing if each.destination == newest.destination]
    failed = newest.state is State.FAILED and newest.revision < article.revision
    return failed and newest.action is not Action.RETRACT and not stands(there)


def _out_before(destination: Destination, kind: Kind, newest: Delivery | None, circumstances: Circumstances) -> str:
    """Why what was out before it came here is not posted where it may stand already, unless asked for by name."""
    if newest is not None or not circumstances.out_before or not kind.social or destination.name in circumstances.to:
        return ""
    return "was out before Wireroom, taken over from a feed; name it with --to to post it there too"


def _known_against(
    article: Article, destination: Destination, newest: Delivery | None, circumstances: Circumstances
) -> str:
    """Why an article that was here before is not made a first post now, unless an editor asks for it by name."""
    if newest is not None or not circumstances.known or _asked_for(destination, circumstances):
        return ""
    if not circumstances.changed:
        return "published before without it; name it with --to to send it there too"
    if circumstances.kept_since and article.published_at < circumstances.kept_since:
        return "older than the log is kept; name it with --to to send it there"
    return ""


def _rule_against(article: Article, destination: Destination, circumstances: Circumstances) -> str:
    if circumstances.to and not _asked_for(destination, circumstances):
        return f"not asked for: only {', '.join(sorted(circumstances.to))}"
    if destination.publications and article.publication not in destination.publications:
        return f"takes only {', '.join(destination.publications)}"
    return _when_against(article, destination)


def _asked_for(destination: Destination, circumstances: Circumstances) -> bool:
    """Whether the editor named the destination, or the feed it follows."""
    return destination.name in circumstances.to or destination.follows in circumstances.to


def _when_against(article: Article, destination: Destination) -> str:
    when, tags = destination.when, {tag.casefold() for tag in article.tags}
    if banned := tags & {tag.casefold() for tag in when.not_tags}:
        return f"not for articles tagged {', '.join(sorted(banned))}"
    if when.tags and not tags & {tag.casefold() for tag in when.tags}:
        return f"only for articles tagged {', '.join(when.tags)}"
    if when.sections and article.section.casefold() not in {section.casefold() for section in when.sections}:
        return f"only for section {', '.join(when.sections)}"
    return ""


def _revise(
    article: Article,
    destination: Destination,
    kind: Kind,
    newest: Delivery,
    circumstances: Circumstances,
) -> Planned | str:
    if newest.revision >= article.revision:
        return f"queued already: delivery {newest.id} is {newest.state.value}"
    if newest.state in (State.PLANNED, State.HELD):
        return Planned(
            destination,
            newest.action,
            circumstances.at or max(newest.due, circumstances.now),
            replaces=newest,
            meant=circumstances.at or newest.meant,
            held=newest.state is State.HELD,
        )
    if newest.state is State.CANCELLED:
        return f"delivery {newest.id} was cancelled: {newest.reason}"
    if newest.action is Action.RETRACT:
        return f"was taken back by delivery {newest.id}"
    if not kind.amendable:
        return f"what stands on {kind.name} cannot be changed; delivery {newest.id} is revision {newest.revision}"
    return Planned(destination, Action.AMEND, circumstances.at or circumstances.now)


def _first(
    article: Article, publication: Publication, destination: Destination, circumstances: Circumstances
) -> Planned:
    """A first post: it is meant to go out when it was asked for, else after its delay; quiet hours put it off."""
    meant = max(article.published_at, circumstances.at or circumstances.now, circumstances.now)
    if circumstances.at is not None or article.breaking:
        return Planned(destination, Action.CREATE, meant, meant=meant)
    meant += destination.delay
    due = out_of_quiet(meant, destination.quiet, publication.timezone)
    return Planned(destination, Action.CREATE, due, meant=meant)
