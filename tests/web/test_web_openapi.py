"""The description of the API: right as a document, whole, and true of every answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.routing import Route
from tests.web.conftest import Room, article

from wireroom.model.delivery import Failure, Move, State
from wireroom.sources.jsonform import BODIES
from wireroom.web import create_app
from wireroom.web.openapi import DESCRIPTION


def conforms(value: object, schema: dict[str, Any]) -> None:
    """The value is as the schema says, formats included."""
    whole = {**schema, "components": DESCRIPTION["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def described(room: Room, method: str, path: str, template: str, **more: Any) -> Any:
    """What an address answers, held against its description."""
    answer = room.ask(method, path, **more)
    operation = DESCRIPTION["paths"][template][method.lower()]
    schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
    conforms(answer.json(), schema)
    return answer.json()


def test_the_description_is_openapi() -> None:
    """The document is valid by the schema of OpenAPI 3.1, its references and schemas included."""
    validate(DESCRIPTION)


def test_it_is_served_to_anybody(small: Room) -> None:
    """Who has no token yet can read what there is."""
    answer = small.get("/api/v1/openapi.json", headers={})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == DESCRIPTION


def test_every_route_is_described_and_every_path_is_there(small: Room) -> None:
    """Routes and description name the same paths and methods, and each wants the token but the description."""
    routes = {
        (route.path, method.lower())
        for route in create_app(small.app).routes
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes == {(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    for path, method in routes:
        open_to_all = DESCRIPTION["paths"][path][method].get("security") == []
        concrete = re.sub(r"\{\w+\}", "1", path)
        assert (small.ask(method.upper(), concrete, headers={}).status_code == 200) == open_to_all


def test_every_operation_has_its_name() -> None:
    """Each operation has an id of its own, by which clients are generated, and one line that says what it does."""
    operations = [each for methods in DESCRIPTION["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"].endswith(".") for each in operations)


def test_answers_are_as_described(room: Room) -> None:
    """Whatever became of a delivery, every answer has the shape that was promised."""
    articles, deliveries = "/api/v1/articles", "/api/v1/deliveries"
    described(room, "POST", articles, articles, json=article(tags=["harbor"], picture={"url": "https://e.org/a.png"}))
    described(room, "POST", articles, articles, json=article())
    described(room, "POST", articles, articles, json=article(title=""))
    room.deliver("x", cost=0.1)
    failure = Failure("rejected", None, "the Page will not have it")
    failed = room.settle(Move.REJECT, "page", failure=failure)
    room.app.store.set_standing("page", "paused", "for lunch")
    for each in described(room, "GET", deliveries, deliveries)["deliveries"]:
        described(room, "GET", f"{deliveries}/{each['id']}", f"{deliveries}/{{id}}")
    described(room, "GET", f"{deliveries}?state=lost", deliveries)
    described(room, "GET", f"{deliveries}/99", f"{deliveries}/{{id}}")
    move = f"{deliveries}/{{id}}/{{move}}"
    described(room, "POST", f"{deliveries}/{failed.id}/confirm", move)
    described(room, "POST", f"{deliveries}/{failed.id}/retry", move)
    taken_back, uid = f"{articles}/retract", room.app.store.delivery(failed.id).uid
    assert described(room, "POST", taken_back, taken_back, json={"article": uid})["deliveries"]
    described(room, "POST", taken_back, taken_back, json={"article": "https://nowhere.example/"})
    described(room, "GET", "/api/v1/destinations", "/api/v1/destinations")
    described(room, "GET", "/api/v1/destinations", "/api/v1/destinations", headers={})


@pytest.mark.parametrize("body", BODIES)
def test_an_article_as_described_is_taken(small: Room, body: str) -> None:
    """An article with every key the description names, each as it is described, is published."""
    given: dict[str, Any] = {
        "id": 7,
        "publication": "Harbor Post",
        "title": "The Ferry Sails Again",
        "authors": ["Mika Hamada"],
        "url": "https://harbor.example.org/ferry/",
        "published_at": "2026-03-01T09:00:00+09:00",
        body: ["The ferry left."] if body == "paragraphs" else "The ferry left.",
        "summary": "A ferry left.",
        "language": "en",
        "section": "harbor",
        "tags": ["harbor"],
        "breaking": True,
        "picture": {"url": "https://harbor.example.org/a.png", "alt": "a ferry", "credit": "M. H.", "caption": "A"},
    }
    schema = DESCRIPTION["components"]["schemas"]["ArticleToPublish"]
    others = set(BODIES) - {body}
    assert set(schema["properties"]) == set(given) | others
    conforms(given, schema)
    assert small.publish(**{"body_text": None, **given})["new"] is True


def test_states_are_all_named() -> None:
    """A client learns every state a delivery can be in."""
    assert DESCRIPTION["components"]["schemas"]["Delivery"]["properties"]["state"]["enum"] == [
        each.value for each in State
    ]
