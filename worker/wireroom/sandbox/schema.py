"""The schema of POST /2/tweets (X OpenAPI 2.167): nothing may be in the body that is not in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from wireroom.sandbox import problems

Check = Callable[[str, object], Iterator[str]]
_NAMES: Mapping[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null",
}  # fmt: skip


def _of(kind: type, where: str, value: object) -> Iterator[str]:
    if type(value) is not kind:
        yield f"{where}: {_NAMES[type(value)]} found, {_NAMES[kind]} expected"


def text(longest: int | None = None, shortest: int = 0) -> Check:
    """A string of so many characters."""

    def check(where: str, value: object) -> Iterator[str]:
        yield from _of(str, where, value)
        if isinstance(value, str) and longest is not None and len(value) > longest:
            yield f"{where}: may only be {longest} characters long"
        if isinstance(value, str) and len(value) < shortest:
            yield f"{where}: must be at least {shortest} characters long"

    return check


def identifier(where: str, value: object) -> Iterator[str]:
    """An id: 1 to 19 digits in a string; a number is not one."""
    yield from _of(str, where, value)
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,19}", value):
        yield f"{where}: does not match the regex pattern ^[0-9]{{1,19}}$"


def flag(where: str, value: object) -> Iterator[str]:
    """True or false."""
    yield from _of(bool, where, value)


def number(least: int, most: int) -> Check:
    """An integer within bounds."""

    def check(where: str, value: object) -> Iterator[str]:
        yield from _of(int, where, value)
        if type(value) is int and not least <= value <= most:
            yield f"{where}: must have a value between {least} and {most}"

    return check


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(where: str, value: object) -> Iterator[str]:
        if value not in choices:
            yield f"{where}: does not have a value in the enumeration {list(choices)}"

    return check


def some(entry: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many entries."""

    def check(where: str, value: object) -> Iterator[str]:
        yield from _of(list, where, value)
        if not isinstance(value, list):
            return
        if len(value) < least:
            yield f"{where}: there must be a minimum of {least} items in the array"
        if most is not None and len(value) > most:
            yield f"{where}: there must be a maximum of {most} items in the array"
        for position, item in enumerate(value):
            yield from entry(f"{where}[{position}]", item)

    return check


def thing(entries: Mapping[str, Check], *required: str) -> Check:
    """An object with these keys and no others."""

    def check(where: str, value: object) -> Iterator[str]:
        yield from _of(dict, where, value)
        if not isinstance(value, dict):
            return
        for key, item in value.items():
            if key in entries:
                yield from entries[key](f"{where}.{key}", item)
            else:
                yield f"{where}.{key}: is not defined in the schema and the schema does not allow additional properties"
        for key in required:
            if key not in value:
                yield f"{where}.{key}: is missing but it is required"

    return check


REPLY_SETTINGS = one_of("following", "mentionedUsers", "subscribers", "verified")
_POLL = {
    "options": some(text(25, 1), 2, 4),
    "duration_minutes": number(5, 10_080),
    "reply_settings": REPLY_SETTINGS,
}
_MEDIA = {
    "media_ids": some(identifier, 1, 4),
    "tagged_user_ids": some(identifier, 0, 10),
    "title": text(),
    "description": text(),
    "embeddable": flag,
    "preview_media_id": identifier,
    "call_to_actions": thing({}),
}
_REPLY = {
    "in_reply_to_tweet_id": identifier,
    "exclude_reply_user_ids": some(identifier),
    "auto_populate_reply_metadata": flag,
}
NEW_POST = thing(
    {
        "text": text(),
        "reply": thing(_REPLY, "in_reply_to_tweet_id"),
        "quote_tweet_id": identifier,
        "media": thing(_MEDIA, "media_ids"),
        "poll": thing(_POLL, "options", "duration_minutes"),
        "reply_settings": REPLY_SETTINGS,
        "geo": thing({"place_id": text()}),
        "card_uri": text(),
        "direct_message_deep_link": text(),
        "for_super_followers_only": flag,
        "nullcast": flag,
        "community_id": identifier,
        "share_with_followers": flag,
        "made_with_ai": flag,
        "paid_partnership": flag,
        "edit_options": thing({"previous_post_id": identifier}, "previous_post_id"),
    }
)
EXCLUSIVE = ("card_uri", "quote_tweet_id", "poll", "media", "direct_message_deep_link")


def check_new_post(body: Mapping[str, object]) -> None:
    """Raise the 400 refusal unless the body is a post: it fits the schema and has text or media."""
    wrong = list(NEW_POST("$", body))
    together = [key for key in EXCLUSIVE if key in body]
    if len(together) > 1:
        wrong.append(f"$: {', '.join(together)} are mutually exclusive")
    if not body.get("text") and "media" not in body:
        wrong.append("$.text: is missing but it is required unless there is media")
    if wrong:
        raise problems.invalid(wrong)
