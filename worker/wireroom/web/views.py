"""What the dashboard's pages show: times in the newsroom's zone, and no link but to the web."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from wireroom.dispatch.budget import account, usd
from wireroom.dispatch.health import today
from wireroom.dispatch.troubles import lines
from wireroom.holders import short
from wireroom.model.delivery import PENDING, State
from wireroom.sources.outlets import is_address
from wireroom.store import LogFilter
from wireroom.web.health import readiness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wireroom.app import Application
    from wireroom.dispatch.budget import Account
    from wireroom.model.article import Picture
    from wireroom.model.delivery import Attempt, Delivery, Entry
    from wireroom.model.destination import Standing
    from wireroom.model.trouble import Noted

View = dict[str, Any]

LONGEST = 20_000
"""Characters of a request or an answer that a page shows."""

MEANING = {
    State.HELD: "waits for a person to release it",
    State.PLANNED: "goes out when it is due",
    State.SENDING: "on the wire",
    State.UNCONFIRMED: "it left and no clear answer came; it is looked for before anything else",
    State.DELIVERED: "the platform gave proof",
    State.FAILED: "refused, or tried often enough; a person may retry it",
    State.CANCELLED: "will not go out",
}
_REMEDIES = {
    State.HELD: (("release", "let it go out"), ("cancel", "call it off")),
    State.PLANNED: (("retry", "try it now"), ("cancel", "call it off")),
    State.UNCONFIRMED: (("confirm", "you see it there"), ("retry", "you see it is not there: send it again")),
    State.FAILED: (("retry", "send it again"),),
}
_TONES = {"receipt": "good", "found": "good", "": "doubt", "unsure": "doubt", "absent": "doubt"}
_CODE = re.compile(r"`([^`]+)`")


def front(app: Application, wanted: LogFilter) -> View:
    """The first page: what needs a person, how destinations stand, the newest deliveries grouped by article."""
    store, zone = app.store, ZoneInfo(app.settings.timezone)
    now, tally, standings = store.now(), store.tally(), store.standings()
    found = store.log(wanted)
    names = [wanted.destination] if wanted.destination else {name for name, _ in tally}
    counts = {state: sum(tally.get((name, state.value), 0) for name in names) for state in State}
    parts = readiness(app)
    return {
        "now": now.astimezone(zone),
        "parts": parts,
        "troubles": _troubles(store.open_troubles(), parts, standings, zone),
        "places": [_place(app, name, tally, standings.get(name), zone) for name in app.destinations],
        "counts": counts,
        "all": sum(counts.values()),
        "waiting": sum(counts[state] for state in PENDING),
        "meaning": MEANING,
        "wanted": wanted,
        "title": found[0].title if wanted.article and found else wanted.article,
        "full": len(found) == wanted.limit,
        "groups": [_group(app, list(group), standings) for _, group in groupby(found, key=lambda each: each.uid)],
    }


def one(app: Application, delivery_id: str) -> View:
    """The page of one delivery. Raises `NotFound`."""
    dossier = app.store.dossier(delivery_id)
    zone, delivery, post = ZoneInfo(app.settings.timezone), dossier.delivery, dossier.post
    before, _, after = post.text.partition(post.link) if post.link else (post.text, "", "")
    siblings = app.store.log(LogFilter(article=delivery.uid, limit=50))
    return {
        **_line(delivery, zone),
        "delivery": delivery,
        "post": post,
        "outlet": _outlet(app, delivery.publication),
        "before": before,
        "link_inside": bool(post.link) and post.link in post.text,
        "after": after,
        "link": _safe(post.link),
        "picture": post.picture and _picture(post.picture, app.settings.media),
        "meaning": MEANING[delivery.state],
        "remedies": _REMEDIES.get(delivery.state, ()),
        "due": delivery.due.astimezone(zone),
        "created": delivery.created.astimezone(zone),
        "entries": [_entry(entry, zone) for entry in dossier.entries],
        "attempts": [_attempt(attempt, zone) for attempt in dossier.attempts],
        "siblings": [_line(each, zone) for each in siblings if each.id != delivery.id],
    }


def pretty(body: str) -> str:
    """A body as people read it: JSON laid out, a form line by line; anything else as it is, cut where it is long."""
    cut = body if len(body) <= LONGEST else body[:LONGEST] + f"\n… {len(body) - LONGEST:,} characters more"
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2) if len(body) <= LONGEST else cut
    except (ValueError, RecursionError):
        pass
    try:
        return "\n".join(f"{name}: {value}" for name, value in parse_qsl(cut, strict_parsing=True))
    except ValueError:
        return cut


def _troubles(
    noted: Sequence[Noted], parts: Mapping[str, bool], standings: Mapping[str, Standing], zone: ZoneInfo
) -> list[View]:
    """What is wrong, a line for each kind and place; without what the page sees for itself and says elsewhere."""
    shown = {(name, name) for name, fine in parts.items() if not fine}
    shown |= {("locked", name) for name, standing in standings.items() if standing.state == "locked"}
    return [
        {"said": str(line), "since": line.since.astimezone(zone)}
        for line in lines(noted)
        if (line.kind.value, line.place) not in shown
    ]


def _place(
    app: Application, name: str, tally: dict[tuple[str, str], int], standing: Standing | None, zone: ZoneInfo
) -> View:
    last, now, health = app.store.last_delivered(name), app.store.now(), app.store.health(name)
    resting = standing is not None and standing.rests_until is not None and standing.rests_until > now
    return {
        "name": name,
        "money": _money(account(app.store, app.destinations[name], now, app.settings.timezone)),
        "warning": today(health, now, app.settings.timezone),
        "channel": app.destinations[name].channel,
        "state": standing.state if standing else "open",
        "reason": standing.reason if standing and standing.state != "open" else "",
        "rests": standing.rests_until.astimezone(zone) if resting and standing and standing.rests_until else None,
        "rests_why": standing.rests_why if resting and standing else "",
        "last": last.astimezone(zone) if last else None,
        "tally": {state: number for state in State if (number := tally.get((name, state.value), 0))},
    }


def _money(account: Account) -> str:
    """What was spent today and is left, where a place costs anything or has a budget."""
    if account.left is None and not account.month:
        return ""
    left = "" if account.left is None else f", {usd(account.left)} left"
    return f"{usd(account.today)} spent today, {usd(account.month)} this month{left}"


def _group(app: Application, deliveries: Sequence[Delivery], standings: Mapping[str, Standing]) -> View:
    first, zone = deliveries[0], ZoneInfo(app.settings.timezone)
    lines = [_line(each, zone) for each in deliveries]
    for line in lines:
        standing = standings.get(line["destination"])
        if line["state"] is State.PLANNED and not line["why"] and standing and standing.state != "open":
            line["why"] = f"waits: the destination is {standing.state}"
    return {
        "title": first.title,
        "uid": first.uid,
        "outlet": _outlet(app, first.publication),
        "breaking": first.breaking,
        "lines": lines,
    }


def _outlet(app: Application, key: str) -> str:
    outlet = app.publications.get(key)
    return outlet.name if outlet else key


def _line(delivery: Delivery, zone: ZoneInfo) -> View:
    """A delivery in one line: where it stands, the proof or the reason, the time that matters in this state."""
    shown = delivery.due if delivery.state in PENDING else delivery.delivered or delivery.created
    error = delivery.error if delivery.state not in {State.DELIVERED, State.CANCELLED} else None
    return {
        "id": delivery.id,
        "state": delivery.state,
        "destination": delivery.destination,
        "channel": delivery.channel,
        "action": delivery.action.value if delivery.action.value != "create" else "",
        "revision": delivery.revision,
        "href": _safe(delivery.remote_url or ""),
        "remote": _brief(delivery.remote_url or "") or delivery.remote_id or "",
        "why": (error.message if error else "") or (delivery.reason if delivery.state is not State.DELIVERED else ""),
        "attempts": delivery.attempts,
        "at": shown.astimezone(zone),
    }


def _entry(entry: Entry, zone: ZoneInfo) -> View:
    return {
        "at": entry.at.astimezone(zone),
        "move": entry.move.value,
        "to": entry.to_state,
        "by": short(entry.by),
        "why": entry.why,
    }


def _attempt(attempt: Attempt, zone: ZoneInfo) -> View:
    exchange = attempt.exchange
    return {
        "number": attempt.number,
        "at": attempt.started.astimezone(zone),
        "outcome": attempt.outcome or "on the wire",
        "tone": _TONES.get(attempt.outcome, "bad"),
        "message": attempt.message,
        "status": attempt.status,
        "code": attempt.code,
        "milliseconds": attempt.milliseconds,
        "request": exchange and {"line": f"{exchange.method} {exchange.url}", "body": pretty(exchange.body)},
        "answer": exchange and exchange.status and {"status": exchange.status, "body": pretty(exchange.answer)},
    }


def _picture(picture: Picture, media: Path) -> View:
    """A picture of the newsroom's own, or a word on one that is elsewhere: a page of ours fetches nothing from there.

    Where it lies on the disk is nobody's business.
    """
    kept = Path(picture.path)
    own = bool(picture.path) and kept.parent == media and kept.is_file()
    return {
        "src": f"/media/{kept.name}" if own else "",
        "href": _safe(picture.url),
        "alt": picture.alt,
        "credit": picture.credit,
        "width": picture.width,
        "height": picture.height,
    }


def _safe(address: str) -> str:
    """The address if it is one of the web, "" for anything a browser would run or open otherwise."""
    return address if is_address(address) else ""


def _brief(address: str) -> str:
    """An address without what is the same in all of them."""
    return address.partition("://")[2].removeprefix("www.").rstrip("/") if is_address(address) else ""


def clock(at: datetime, now: datetime | None = None) -> str:
    """A time as a page shows it: the hour alone on the day itself."""
    return f"{at:%H:%M:%S}" if now is not None and at.date() == now.date() else f"{at.day} {at:%b %Y, %H:%M:%S}"


def told(sentence: str) -> Markup:
    """A sentence for people, escaped; what stands between backquotes is to be typed."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(sentence))))  # noqa: S704  (escaped one step before)
