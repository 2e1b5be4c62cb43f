"""What the API is, as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from wireroom.model.delivery import State

Schema = dict[str, Any]


def _text(note: str = "", **more: object) -> Schema:
    return {"type": "string", **({"description": note} if note else {}), **more}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _answer(note: str, schema: Schema | None = None) -> Schema:
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"description": note, **content}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, note: str, kind: str = "string") -> Schema:
    return {"name": name, "in": "query", "description": note, "schema": {"type": kind}}


def _operation(summary: str, answers: Schema, **more: object) -> Schema:
    problems = {"401": _answer("no or a wrong token", _ref("Error")), "403": _answer("the API is off", _ref("Error"))}
    return {"summary": summary, "responses": {**answers, **problems}, **more}


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_MOVE = {
    "name": "move",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["retry", "cancel", "confirm", "release"]},
}
_TIME = {"type": "string", "format": "date-time"}

_ARTICLE = {
    "type": "object",
    "required": ["title", "publication"],
    "properties": {
        "id": _text("your own id of the article; the same id is the same article"),
        "publication": _text("a publication's key or name"),
        "title": _text(),
        "authors": _list(_text()),
        "url": _text("its address; made from the publication's pattern when left out", format="uri"),
        "published_at": _TIME,
        "body_html": _text(),
        "body_markdown": _text(),
        "body_text": _text("paragraphs parted by a blank line"),
        "summary": _text(),
        "language": _text(),
        "section": _text(),
        "tags": _list(_text()),
        "breaking": {"type": "boolean"},
        "picture": {"type": "object", "properties": {"url": _text(), "alt": _text(), "credit": _text()}},
    },
}
_DELIVERY = {
    "type": "object",
    "properties": {
        "id": _text(),
        "article": _text("the article's uid"),
        "title": _text(),
        "destination": _text(),
        "channel": _text(),
        "action": _text(enum=["create", "amend", "retract"]),
        "revision": {"type": "integer"},
        "state": _text(enum=[state.value for state in State]),
        "reason": _text(),
        "attempts": {"type": "integer"},
        "due": _TIME,
        "created": _TIME,
        "delivered": {"type": ["string", "null"], "format": "date-time"},
        "remote_id": {"type": ["string", "null"]},
        "remote_url": {"type": ["string", "null"]},
        "error": {"type": ["object", "null"]},
    },
}
_TAKEN = {
    "type": "object",
    "properties": {
        "article": {"type": "object"},
        "new": {"type": "boolean"},
        "deliveries": _list({"type": "object"}),
        "skipped": _list({"type": "object"}),
        "notes": _list(_text()),
    },
}

DESCRIPTION: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "Wireroom", "version": "1", "description": "Articles in, deliveries out."},
    "security": [{"bearer": []}],
    "paths": {
        "/api/v1/articles": {
            "post": _operation(
                "Publish an article: it is stored and its posts are queued before the answer.",
                {
                    "201": _answer("a new article", _ref("Taken")),
                    "200": _answer("an article known already, perhaps in a new revision", _ref("Taken")),
                    "422": _answer("the article cannot be read", _ref("Error")),
                },
                requestBody={"required": True, "content": {"application/json": {"schema": _ref("Article")}}},
            )
        },
        "/api/v1/deliveries": {
            "get": _operation(
                "The log, newest first.",
                {
                    "200": _answer(
                        "deliveries", {"type": "object", "properties": {"deliveries": _list(_ref("Delivery"))}}
                    )
                },
                parameters=[
                    _query("article", "a uid, or the beginning of a title or address"),
                    _query("destination", "a destination's name"),
                    _query("state", "states, parted by commas"),
                    _query("since", "RFC 3339"),
                    _query("limit", "at most 1000", "integer"),
                ],
            )
        },
        "/api/v1/deliveries/{id}": {
            "get": _operation(
                "One delivery: its exact post, every attempt, every move.",
                {"200": _answer("the delivery", _ref("Delivery")), "404": _answer("none", _ref("Error"))},
                parameters=[_ID],
            )
        },
        "/api/v1/deliveries/{id}/{move}": {
            "post": _operation(
                "A person's move.",
                {
                    "200": _answer("the delivery as it stands now", _ref("Delivery")),
                    "404": _answer("no such delivery or move", _ref("Error")),
                    "409": _answer("not from this state", _ref("Error")),
                },
                parameters=[_ID, _MOVE],
            )
        },
        "/api/v1/destinations": {
            "get": _operation("How each destination stands.", {"200": _answer("destinations", {"type": "object"})})
        },
    },
    "components": {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Article": _ARTICLE,
            "Delivery": _DELIVERY,
            "Taken": _TAKEN,
            "Error": {"type": "object", "properties": {"error": _text("one sentence")}},
        },
    },
}
