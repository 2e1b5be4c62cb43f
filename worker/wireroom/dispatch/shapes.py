"""Values as the JSON objects that outside programs read; names and fields are fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wireroom.dispatch.budget import MICRO

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.dispatch.budget import Account
    from wireroom.dispatch.intake import Taken
    from wireroom.dispatch.retraction import Retracted
    from wireroom.dispatch.takeover import TakenOver
    from wireroom.model.article import Article, Picture
    from wireroom.model.channel import Health
    from wireroom.model.delivery import Attempt, Delivery, Entry
    from wireroom.model.destination import Budget, Destination, Standing
    from wireroom.model.post import Exchange, Post
    from wireroom.model.trouble import Noted
    from wireroom.store import Dossier

Shape = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """A time as RFC 3339 with its offset, None where there is none."""
    return None if at is None else at.isoformat(timespec="microseconds" if at.microsecond else "seconds")


def article_shape(article: Article) -> Shape:
    """An article as `publish --json` tells it; `paragraphs` is its plain text, a string each."""
    return {
        "uid": article.uid,
        "revision": article.revision,
        "title": article.title,
        "authors": list(article.authors),
        "publication": article.publication,
        "url": article.url,
        "published_at": moment(article.published_at),
        "updated_at": moment(article.updated_at),
        "language": article.language,
        "summary": article.summary,
        "section": article.section or None,
        "tags": list(article.tags),
        "breaking": article.breaking,
        "picture": picture_shape(article.picture),
        "paragraphs": list(article.paragraphs),
        "footer": {
            "links": [{"url": link.url, "label": link.label} for link in article.footer.links],
            "accounts": [
                {"platform": account.platform, "name": account.name, "url": account.url}
                for account in article.footer.accounts
            ],
        },
    }


def picture_shape(picture: Picture | None) -> Shape | None:
    """A picture without its local path."""
    if picture is None:
        return None
    return {
        "url": picture.url or None,
        "media_type": picture.media_type or None,
        "length": picture.length,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "credit": picture.credit,
    }


def taken_shape(taken: Taken) -> Shape:
    """One line of `publish --json`."""
    return {
        "article": article_shape(taken.article),
        "new": taken.new,
        "deliveries": [
            {
                "id": delivery.id,
                "destination": delivery.destination,
                "action": delivery.action.value,
                "state": delivery.state.value,
                "due": moment(delivery.due),
            }
            for delivery in taken.deliveries
        ],
        "skipped": [{"destination": skip.destination, "reason": skip.reason} for skip in taken.skipped],
        "notes": list(taken.notes),
    }


def takeover_shape(taken: TakenOver, feed: str, *, dry_run: bool) -> Shape:
    """One line of `import-feed --json`; what was refused has no article."""
    article = taken.article
    return {
        "feed": feed,
        "uid": taken.uid or None,
        "result": taken.result,
        "reason": taken.reason,
        "title": taken.title,
        "url": article.url if article else None,
        "publication": article.publication if article else None,
        "published_at": moment(article.published_at) if article else None,
        "updated_at": moment(article.updated_at) if article else None,
        "deliveries": [
            {"id": each.id, "destination": each.destination, "state": each.state.value} for each in taken.deliveries
        ],
        "dry_run": dry_run,
    }


def retracted_shape(found: Retracted, *, done: bool) -> Shape:
    """One line of `retract --json`; `done` is false for what was only worked out."""
    return {
        "article": found.article.uid,
        "done": done,
        "deliveries": [delivery_shape(each) for each in found.deliveries],
        "cancelled": [delivery_shape(each) for each in found.cancelled],
        "left": [{"destination": each.destination, "reason": each.reason} for each in found.left],
    }


def delivery_shape(delivery: Delivery) -> Shape:
    """One line of `log --json`."""
    error = delivery.error
    return {
        "id": delivery.id,
        "article": delivery.uid,
        "title": delivery.title,
        "publication": delivery.publication,
        "destination": delivery.destination,
        "channel": delivery.channel,
        "action": delivery.action.value,
        "revision": delivery.revision,
        "state": delivery.state.value,
        "reason": delivery.reason,
        "attempts": delivery.attempts,
        "due": moment(delivery.due),
        "created": moment(delivery.created),
        "delivered": moment(delivery.delivered),
        "remote_id": delivery.remote_id,
        "remote_url": delivery.remote_url,
        "error": error and {"kind": error.kind, "code": error.code, "message": error.message},
    }


def dossier_shape(dossier: Dossier) -> Shape:
    """`show --json`: the delivery, its exact post, every attempt, every move."""
    return {
        **delivery_shape(dossier.delivery),
        "post": post_shape(dossier.post),
        "attempt_log": [attempt_shape(attempt) for attempt in dossier.attempts],
        "moves": [entry_shape(entry) for entry in dossier.entries],
    }


def post_shape(post: Post) -> Shape:
    """The exact post: text, link and picture as they go out, with weight and limit in the platform's measure."""
    return {
        "key": post.key,
        "article": post.uid,
        "revision": post.revision,
        "destination": post.destination,
        "channel": post.channel,
        "title": post.title,
        "text": post.text,
        "link": post.link,
        "weight": post.weight,
        "limit": post.limit or None,
        "language": post.language,
        "picture": picture_shape(post.picture),
    }


def attempt_shape(attempt: Attempt) -> Shape:
    """One try or look, with its request and answer."""
    request, response = _exchange(attempt.exchange)
    return {
        "number": attempt.number,
        "started": moment(attempt.started),
        "ended": moment(attempt.ended),
        "outcome": attempt.outcome,
        "status": attempt.status,
        "code": attempt.code,
        "message": attempt.message,
        "milliseconds": attempt.milliseconds,
        "request": request,
        "response": response,
    }


def entry_shape(entry: Entry) -> Shape:
    """One line of the log of moves."""
    return {
        "at": moment(entry.at),
        "move": entry.move.value,
        "from": entry.from_state.value if entry.from_state else None,
        "to": entry.to_state.value,
        "by": entry.by,
        "why": entry.why,
    }


def trouble_shape(noted: Noted) -> Shape:
    """One thing that is wrong: since when, last found when, and when people were told."""
    trouble = noted.trouble
    return {
        "kind": trouble.kind.value,
        "subject": trouble.subject,
        "since": moment(noted.since),
        "noted": moment(noted.noted),
        "told": moment(noted.told),
        "said": trouble.said,
    }


def destination_shape(
    destination: Destination,
    standing: Standing,
    tally: dict[str, int],
    last: datetime | None,
    account: Account,
    health: Health | None,
) -> Shape:
    """One line of `destinations --json`: how it stands, what waits, what is spent and left, how its token is."""
    return {
        "destination": destination.name,
        "channel": destination.channel,
        "state": standing.state,
        "reason": standing.reason,
        "since": moment(standing.since),
        "rests_until": moment(standing.rests_until),
        "rests_why": standing.rests_why,
        "deliveries": tally,
        "last_delivered": moment(last),
        "quota": [dict(quota) for quota in standing.quota],
        "budget": _budget(destination.budget, account),
        "spending": _spending(destination, account),
        "health": health and health_shape(health),
    }


def health_shape(health: Health) -> Shape:
    """What the last look at a destination's credentials told."""
    return {
        "checked": moment(health.checked),
        "expires": moment(health.expires),
        "data_access_expires": moment(health.data_access_expires),
        "missing_scopes": list(health.missing_scopes),
        "warning": health.warning,
    }


def _budget(budget: Budget, account: Account) -> Shape | None:
    """The bounds, and what is left of the one that is nearer; `reserve_left` is for breaking news beyond that."""
    if account.left is None:
        return None
    return {
        "usd_per_day": budget.usd_per_day,
        "usd_per_month": budget.usd_per_month,
        "reserve": budget.reserve,
        "spent": _dollars(account.today),
        "spent_this_month": _dollars(account.month),
        "left": _dollars(account.left),
        "reserve_left": _dollars(account.reserve_left or 0),
    }


def _spending(destination: Destination, account: Account) -> Shape | None:
    """What is spent and what the month will come to; None for a place that costs nothing."""
    prices = destination.options.get("prices")
    if not isinstance(prices, Mapping) and not account.month and account.left is None:
        return None
    return {
        "today": _dollars(account.today),
        "this_month": _dollars(account.month),
        "per_day": _dollars(account.per_day),
        "forecast": _dollars(account.forecast),
        "prices": dict(prices) if isinstance(prices, Mapping) else {},
    }


def _dollars(micros: int) -> float:
    return micros / MICRO


def _exchange(exchange: Exchange | None) -> tuple[Shape | None, Shape | None]:
    if exchange is None:
        return None, None
    request = {"method": exchange.method, "url": exchange.url, "body": exchange.body}
    if not exchange.status:
        return request, None
    return request, {"status": exchange.status, "headers": dict(exchange.headers), "body": exchange.answer}
