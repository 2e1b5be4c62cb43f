"""What the API is, as OpenAPI 3.1."""

from __future__ import annotations

from wireroom.model.delivery import State
from wireroom.web.query import MOST as MOST_DELIVERIES
from wireroom.web.schemas import SCHEMAS, Schema, array, record, ref, text

MOST = 8_000_000
"""Bytes one request may carry: a picture of 5 MB, the largest X takes, is 6.7 MB in base64."""

MOVES = ("retry", "cancel", "confirm", "release")
"""What a person may do with a delivery."""

_WRONG = {
    "401": "no token, or a wrong one",
    "403": "the API is off: the settings hold no api_token",
    "413": f"more than {MOST:,} bytes",
    "503": "the database, or something else Wireroom needs, is not there; nothing was done",
}


def _answer(note: str, schema: Schema | None = None) -> Schema:
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"description": note, **content}


def _query(name: str, note: str, schema: Schema, **more: object) -> Schema:
    return {"name": name, "in": "query", "description": note, "schema": schema, **more}


def _operation(name: str, summary: str, answers: Schema, problems: dict[str, str], **more: object) -> Schema:
    """One operation; every one can end in the problems that all share."""
    wrong = {status: _answer(note, ref("Error")) for status, note in sorted((problems | _WRONG).items())}
    return {"operationId": name, "summary": summary, "responses": {**answers, **wrong}, **more}


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_FILTERS = [
    _query("article", "a uid, or how a title or an address begins", text()),
    _query("destination", "a destination's name", text()),
    _query(
        "state",
        "one state or several",
        array(text(enum=[state.value for state in State])),
        style="form",
        explode=False,
    ),
    _query("since", "made since: an age such as 24h or 2d, or a time; without an offset it is the newsroom's", text()),
    _query(
        "limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST_DELIVERIES, "default": 50}
    ),
]  # fmt: skip
_CONFIRM: Schema = {
    "type": "object",
    "additionalProperties": False,
    "description": "With confirm only: where the post is, as far as that is known.",
    "properties": {"remote_id": text("the platform's id"), "remote_url": text("its address", format="uri")},
}

_PUBLISH = _operation(
    "publish",
    "Take an article in. It is on disk, and its posts are queued, before the answer.",
    {
        "201": _answer("a new article", ref("Taken")),
        "200": _answer("an article that was known, perhaps in a new revision", ref("Taken")),
    },
    {"422": "the article cannot be read; nothing was stored"},
    requestBody={"required": True, "content": {"application/json": {"schema": ref("ArticleToPublish")}}},
)
_RETRACT = _operation(
    "retract",
    "Take an article back: out of every feed, away from every account; what has not gone out is called off.",
    {"200": _answer("what is taken away, what is called off, what has to stay", ref("Retracted"))},
    {"404": "there is no such article", "422": "the body does not read"},
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": record({"article": text("its uid or its address")})}},
    },
)
_LOG = _operation(
    "log",
    "The log, newest first.",
    {"200": _answer("deliveries", record({"deliveries": array(ref("Delivery"))}))},
    {"404": "there is no such destination", "422": "a filter that is not known, or that does not read"},
    parameters=_FILTERS,
)
_SHOW = _operation(
    "show",
    "One delivery: its exact post, every attempt, every move.",
    {"200": _answer("the delivery", ref("Dossier"))},
    {"404": "there is no such delivery"},
    parameters=[_in_path("id", text())],
)
_MOVE = _operation(
    "move",
    "A person's move. Retry sends a failed one again, confirm says that an unconfirmed one is there.",
    {"200": _answer("the delivery as it stands now", ref("Delivery"))},
    {
        "404": "there is no such delivery, or no such move",
        "409": "a delivery in this state cannot make this move",
        "422": "the body does not read",
    },
    parameters=[_in_path("id", text()), _in_path("move", text(enum=list(MOVES)))],
    requestBody={"required": False, "content": {"application/json": {"schema": _CONFIRM}}},
)
_DESTINATIONS = _operation(
    "destinations",
    "How each destination stands, what waits there, what is left of quota and budget.",
    {"200": _answer("destinations", record({"destinations": array(ref("Destination"))}))},
    {},
)
_OPENAPI: Schema = {
    "operationId": "openapi",
    "summary": "This description.",
    "security": [],
    "responses": {"200": _answer("OpenAPI 3.1", {"type": "object"})},
}

DESCRIPTION: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "Wireroom",
        "version": "1",
        "description": "Articles in, deliveries out. Every error is one sentence under `error`.",
    },
    "security": [{"bearer": []}],
    "paths": {
        "/api/v1/openapi.json": {"get": _OPENAPI},
        "/api/v1/articles": {"post": _PUBLISH},
        "/api/v1/articles/retract": {"post": _RETRACT},
        "/api/v1/deliveries": {"get": _LOG},
        "/api/v1/deliveries/{id}": {"get": _SHOW},
        "/api/v1/deliveries/{id}/{move}": {"post": _MOVE},
        "/api/v1/destinations": {"get": _DESTINATIONS},
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "`api_token` of the settings"}
        },
        "schemas": SCHEMAS,
    },
}
"""The whole description; `create_app` serves it as it is."""
