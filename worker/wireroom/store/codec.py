"""Values to rows and back: times as microseconds, posts and articles as JSON, text any database can keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from wireroom.model.article import Account, Article, Footer, Link, Picture
from wireroom.model.delivery import Attempt, Delivery, Entry, Failure, Move, State
from wireroom.model.post import Action, Exchange, Post

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CUT_AT = 64 * 1024
"""Characters a stored text may have; more is cut, and the text says so."""

_STATES = {state.value: state for state in State}
_ACTIONS = {action.value: action for action in Action}
_MOVES = {move.value: move for move in Move}


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time. Raises TypeError for a naive one."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """The aware UTC time of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def maybe_micros(value: datetime | None) -> int | None:
    """`micros`, with None for None."""
    return None if value is None else micros(value)


def maybe_moment(value: int | None) -> datetime | None:
    """`moment`, with None for None."""
    return None if value is None else moment(value)


def clean(text: str) -> str:
    """Text every database keeps: no NUL (Postgres refuses it), no lone surrogate (no UTF-8 for it), at most CUT_AT."""
    if len(text) > CUT_AT:
        text = f"{text[:CUT_AT]}… [cut here: {len(text)} characters in all]"
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def maybe_clean(text: str | None) -> str | None:
    """`clean`, with None for None."""
    return None if text is None else clean(text)


@cache
def _names_of(kind: Hashable) -> tuple[str, ...]:
    return tuple(item.name for item in fields(cast("Any", kind)))


def _names(kind: type) -> tuple[str, ...]:
    return _names_of(cast("Hashable", kind))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")


def dumps(value: object) -> str:
    """A value as JSON; values within values, times with their offset. NUL and lone surrogates survive, escaped."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain, separators=(",", ":"))
    return text


def _build(kind: type[T], data: Mapping[str, Any], **changes: object) -> T:
    """`kind` from what a row holds: keys it does not know are left out, missing ones take their default."""
    known = {name: data[name] for name in _names(kind) if name in data}
    return kind(**{**known, **changes})


def _picture(data: Mapping[str, Any] | None) -> Picture | None:
    return None if data is None else _build(Picture, data)


def _footer(data: Mapping[str, Any]) -> Footer:
    return _build(
        Footer,
        data,
        lines=tuple(data.get("lines", ())),
        links=tuple(_build(Link, link) for link in data.get("links", ())),
        accounts=tuple(_build(Account, account) for account in data.get("accounts", ())),
    )


def read_article(body: str) -> Article:
    """The article a row's JSON holds."""
    return _article(json.loads(body))


def _article(data: Mapping[str, Any]) -> Article:
    return _build(
        Article,
        data,
        published_at=datetime.fromisoformat(data["published_at"]),
        updated_at=datetime.fromisoformat(data["updated_at"]),
        authors=tuple(data.get("authors", ())),
        tags=tuple(data.get("tags", ())),
        picture=_picture(data.get("picture")),
        footer=_footer(data.get("footer", {})),
    )


def write_post(post: Post, *, whole: bool) -> str:
    """A post as JSON; without its article unless `whole`."""
    data = {name: getattr(post, name) for name in _names(Post) if whole or name != "article"}
    return dumps(data)


def read_post(body: str, article: Article | None) -> Post:
    """The post a row's JSON holds; `article` is its article where the row left it out."""
    data = json.loads(body)
    stored = data.get("article")
    return _build(
        Post,
        data,
        picture=_picture(data.get("picture")),
        article=article if stored is None else _article(stored),
    )


def write_exchange(exchange: Exchange | None) -> str | None:
    """A request and its answer as JSON, each part cut to CUT_AT."""
    if exchange is None:
        return None
    data = {name: getattr(exchange, name) for name in _names(Exchange)}
    data |= {name: clean(data[name]) for name in ("url", "body", "answer")}
    data["headers"] = {clean(str(name)): clean(str(value)) for name, value in exchange.headers.items()}
    return dumps(data)


def read_exchange(text: str | None) -> Exchange | None:
    """The exchange a row's JSON holds."""
    return None if text is None else _build(Exchange, json.loads(text))


def rank(*, breaking: bool, attempts: int) -> int:
    """Where a delivery stands in its lane: 0 breaking, 1 breaking and tried before, 2 new, 3 tried before.

    Behind them all stands what was found late (`LATE`), until it is next moved.
    """
    return (0 if breaking else 2) + (1 if attempts else 0)


LATE = 4
"""The rank of what goes out spaced."""

DELIVERY = (
    *(name for name in _names(Delivery) if name != "error"),
    *("error_kind", "error_code", "error_message"),
)
"""The columns `read_delivery` expects, in order."""


def read_delivery(row: Sequence[Any]) -> Delivery:
    """A delivery from a row of the columns in DELIVERY."""
    (id_, uid, revision, destination, channel, action, state, due, created, title, publication, repeat, breaking) = row[
        :13
    ]
    (published_at, attempts, looks, token, doubted, lease_until, holder, touched, first_touched) = row[13:22]
    (reason, delivered, remote_id, remote_url, meant, error_kind, error_code, error_message) = row[22:30]
    return Delivery(
        id=str(id_),
        uid=uid,
        revision=revision,
        destination=destination,
        channel=channel,
        action=_ACTIONS[action],
        state=_STATES[state],
        due=moment(due),
        created=moment(created),
        title=title,
        publication=publication,
        repeat=repeat,
        breaking=bool(breaking),
        published_at=moment(published_at),
        attempts=attempts,
        looks=looks,
        token=token,
        doubted=bool(doubted),
        lease_until=maybe_moment(lease_until),
        holder=holder,
        touched=maybe_moment(touched),
        first_touched=maybe_moment(first_touched),
        reason=reason,
        delivered=maybe_moment(delivered),
        remote_id=remote_id,
        remote_url=remote_url,
        meant=maybe_moment(meant),
        error=None if error_kind is None else Failure(error_kind, error_code, error_message),
    )


ATTEMPT = ("number", "started", "ended", "outcome", "status", "code", "message", "milliseconds", "exchange")
"""The columns `read_attempt` expects, in order."""


def read_attempt(row: Sequence[Any]) -> Attempt:
    """An attempt from a row of the columns in ATTEMPT."""
    number, started, ended, outcome, status, code, message, milliseconds, exchange = row
    return Attempt(
        number=number,
        started=moment(started),
        ended=maybe_moment(ended),
        outcome=outcome,
        status=status,
        code=code,
        message=message,
        milliseconds=milliseconds,
        exchange=read_exchange(exchange),
    )


ENTRY = ("at", "move", "from_state", "to_state", "by", "why")
"""The columns `read_entry` expects, in order."""


def read_entry(row: Sequence[Any]) -> Entry:
    """One line of the log from a row of the columns in ENTRY."""
    at, move, from_state, to_state, by, why = row
    return Entry(
        at=moment(at),
        move=_MOVES[move],
        from_state=None if from_state is None else _STATES[from_state],
        to_state=_STATES[to_state],
        by=by,
        why=why,
    )
