"""The JSON that goes in and comes out of the API, as JSON Schema (draft 2020-12, which OpenAPI 3.1 uses)."""

from __future__ import annotations

from typing import Any

from wireroom.model.delivery import Move, State
from wireroom.model.post import Action
from wireroom.sources.jsonform import BODIES

Schema = dict[str, Any]


def text(note: str = "", **more: object) -> Schema:
    """A string, with a word on what it says."""
    return {"type": "string", **({"description": note} if note else {}), **more}


def array(items: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    """One of the named schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties: Schema, **more: object) -> Schema:
    """An object in which every one of these keys is there."""
    return {"type": "object", "required": list(properties), "properties": properties, **more}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {**schema, "type": [schema["type"], "null"]}


TIME = text("RFC 3339, with its offset", format="date-time")
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
USD: Schema = {"type": "number", "minimum": 0}
STATE = text(enum=[state.value for state in State])
ACTION = text(enum=[action.value for action in Action])
ADDRESS = text(format="uri")

PICTURE_IN: Schema = {
    "type": "object",
    "description": "A picture by its address or by its bytes, never by a path of the server's.",
    "anyOf": [{"required": ["url"]}, {"required": ["data"]}],
    "properties": {
        "url": text("where readers find it", format="uri"),
        "data": text(
            "PNG, JPEG, GIF, WebP or AVIF in base64; X gets a picture only this way", contentEncoding="base64"
        ),
        "alt": text("what it shows, for those who do not see it"),
        "credit": text(),
        "caption": text(),
    },
}
ARTICLE_IN: Schema = {
    "type": "object",
    "description": "An article to publish. A key that is not known but looks like one of these is refused.",
    "required": ["title"],
    "anyOf": [{"required": [body]} for body in BODIES],
    "properties": {
        "id": {"type": ["string", "integer"], "description": "your own id; the same id is the same article"},
        "publication": text("a publication's key, name or alias; told by the url where it is left out"),
        "title": text(minLength=1),
        "authors": array(text()),
        "url": text("its address; made from the publication's pattern where it is left out", format="uri"),
        "published_at": text("RFC 3339; without an offset it is the publication's time; now where it is left out"),
        "body_html": text("any HTML; what is not safe to show is cut"),
        "body_markdown": text("CommonMark"),
        "body_text": text("paragraphs parted by a blank line"),
        "html": text("the same as body_html"),
        "markdown": text("the same as body_markdown"),
        "text": text("the same as body_text"),
        "body": text("HTML when it holds tags, else plain text"),
        "paragraphs": array(text()),
        "summary": text(),
        "language": text("a language tag such as en or ja"),
        "section": text(),
        "tags": array(text()),
        "breaking": {**FLAG, "description": "overtakes what is waiting"},
        "picture": {"anyOf": [ref("PictureToPublish"), text("its address", format="uri")]},
    },
}
PICTURE = record(
    {
        "url": maybe(ADDRESS),
        "media_type": maybe(text()),
        "length": {**COUNT, "description": "bytes; 0 where it is not known, as with width and height"},
        "width": COUNT,
        "height": COUNT,
        "alt": text(),
        "credit": text(),
    }
)
LINK = record({"url": text(), "label": text()})
ACCOUNT = record({"platform": text(), "name": text(), "url": text()})
ARTICLE = record(
    {
        "uid": text("a tag: URI, minted once and kept for ever"),
        "revision": {"type": "integer", "minimum": 1},
        "title": text(),
        "authors": array(text()),
        "publication": text("its key"),
        "url": text(),
        "published_at": TIME,
        "updated_at": TIME,
        "language": text(),
        "summary": text(),
        "section": maybe(text()),
        "tags": array(text()),
        "breaking": FLAG,
        "picture": {"oneOf": [ref("Picture"), {"type": "null"}]},
        "paragraphs": array(text()),
        "footer": record({"links": array(LINK), "accounts": array(ACCOUNT)}),
    }
)
TAKEN = record(
    {
        "article": ref("Article"),
        "new": {**FLAG, "description": "false for an article that was known, be it in a new revision"},
        "deliveries": array(
            record({"id": text(), "destination": text(), "action": ACTION, "state": STATE, "due": TIME})
        ),
        "skipped": array(record({"destination": text(), "reason": text()})),
        "notes": array(text("what an editor should know")),
    }
)
RETRACTED = record(
    {
        "article": text("its uid"),
        "done": {**FLAG, "description": "true: it is on its way"},
        "deliveries": array(ref("Delivery")),
        "cancelled": array(ref("Delivery")),
        "left": array(record({"destination": text(), "reason": text()})),
    }
)
ERROR_SHOWN = record(
    {"kind": text("rejected, locked-out, unsure, …"), "code": maybe(text("the platform's own")), "message": text()}
)
DELIVERY = record(
    {
        "id": text(),
        "article": text("the article's uid"),
        "title": text(),
        "publication": text("its key"),
        "destination": text(),
        "channel": text(),
        "action": ACTION,
        "revision": {"type": "integer", "minimum": 1},
        "state": STATE,
        "reason": text(),
        "attempts": COUNT,
        "due": TIME,
        "created": TIME,
        "delivered": maybe(TIME),
        "remote_id": maybe(text("the platform's id of the post")),
        "remote_url": maybe(text()),
        "error": maybe(ERROR_SHOWN),
    }
)
POST = record(
    {
        "key": text("the idempotency key, the same for every try"),
        "article": text(),
        "revision": {"type": "integer", "minimum": 1},
        "destination": text(),
        "channel": text(),
        "title": text(),
        "text": text("the whole text as the platform gets it"),
        "link": text(),
        "weight": {**COUNT, "description": "in the platform's own measure, as is limit"},
        "limit": maybe(COUNT),
        "language": text(),
        "picture": {"oneOf": [ref("Picture"), {"type": "null"}]},
    }
)
ATTEMPT = record(
    {
        "number": {"type": "integer", "minimum": 1},
        "started": TIME,
        "ended": maybe(TIME),
        "outcome": text("receipt, an error's kind, found, absent; empty while it is on the wire"),
        "status": maybe(COUNT),
        "code": maybe(text()),
        "message": text(),
        "milliseconds": maybe(COUNT),
        "request": maybe(record({"method": text(), "url": text(), "body": text()})),
        "response": maybe(record({"status": COUNT, "headers": {"type": "object"}, "body": text()})),
    },
    description="One try, or one look; secrets are cut out before anything is stored.",
)
MOVE = record(
    {
        "at": TIME,
        "move": text(enum=[move.value for move in Move]),
        "from": {"enum": [*(state.value for state in State), None]},
        "to": STATE,
        "by": text(),
        "why": text(),
    }
)
DOSSIER: Schema = {
    "allOf": [
        ref("Delivery"),
        record({"post": ref("Post"), "attempt_log": array(ref("Attempt")), "moves": array(ref("Move"))}),
    ]
}
DESTINATION = record(
    {
        "destination": text(),
        "channel": text(),
        "state": text(enum=["open", "paused", "locked"]),
        "reason": text(),
        "since": maybe(TIME),
        "rests_until": maybe(TIME),
        "rests_why": text(),
        "deliveries": {"type": "object", "additionalProperties": COUNT, "description": "how many in each state"},
        "last_delivered": maybe(TIME),
        "quota": array({"type": "object"}),
        "budget": maybe(
            record(
                {
                    "usd_per_day": maybe(USD),
                    "usd_per_month": maybe(USD),
                    "reserve": {"type": "number", "description": "the share of each bound that is for breaking news"},
                    "spent": {**USD, "description": "today, by the newsroom's time zone"},
                    "spent_this_month": USD,
                    "left": {**USD, "description": "of the bound that is nearer"},
                    "reserve_left": {**USD, "description": "what breaking news may spend beyond that"},
                }
            )
        ),
        "spending": maybe(
            record(
                {
                    "today": USD,
                    "this_month": USD,
                    "per_day": {**USD, "description": "the mean of the last seven days, or fewer"},
                    "forecast": {**USD, "description": "what the month comes to if it goes on like that"},
                    "prices": {"type": "object", "additionalProperties": USD},
                }
            )
        ),
        "health": maybe(
            record(
                {
                    "checked": TIME,
                    "expires": maybe(TIME),
                    "data_access_expires": maybe(TIME),
                    "missing_scopes": array(text()),
                    "warning": text("what a person must do and by when; empty while all is well"),
                }
            )
        ),
    }
)
ERROR = record({"error": text("one sentence: what is wrong, and what to do")})

SCHEMAS: Schema = {
    "Article": ARTICLE,
    "ArticleToPublish": ARTICLE_IN,
    "Attempt": ATTEMPT,
    "Delivery": DELIVERY,
    "Destination": DESTINATION,
    "Dossier": DOSSIER,
    "Error": ERROR,
    "Move": MOVE,
    "Picture": PICTURE,
    "PictureToPublish": PICTURE_IN,
    "Post": POST,
    "Retracted": RETRACTED,
    "Taken": TAKEN,
}
