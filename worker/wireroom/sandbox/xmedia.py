"""The media calls of the X stand-in: one shot, in pieces, status, alt text."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.sandbox import problems
from wireroom.sandbox.answers import Answer
from wireroom.sandbox.forms import Form, form, json_object
from wireroom.sandbox.media import CATEGORIES, MEDIA_TYPES, ONE_SHOT

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.sandbox.call import Call
    from wireroom.sandbox.values import Medium, XAccount

GIBIBYTE = 1024**3
ALT_TEXT = 1000


def upload(call: Call, account: XAccount) -> Answer:
    """POST /2/media/upload: a whole picture, as base64 in JSON or as a file of a multipart form."""
    fields = _fields(call)
    if "command" in fields.fields:
        raise problems.invalid(["command: INIT, APPEND and FINALIZE have paths of their own since 2025-05-30"])
    _known(fields, "media", "media_category", "media_type", "shared", "additional_owners")
    category = fields.fields.get("media_category", "")
    if not category:
        raise problems.invalid(["$.media_category: is missing but it is required"])
    now = call.state.now()
    medium = call.state.media.upload(account.user_id, category, _bytes(fields, "media"), now)
    return Answer(200, {"data": _described(medium, now)})


def initialize(call: Call, account: XAccount) -> Answer:
    """POST /2/media/upload/initialize."""
    fields = _fields(call)
    _known(fields, "media_type", "total_bytes", "media_category", "shared", "additional_owners")
    given = fields.fields
    total = given.get("total_bytes", "")
    wrong = []
    if given.get("media_type") not in MEDIA_TYPES:
        wrong.append(f"$.media_type: does not have a value in the enumeration {list(MEDIA_TYPES)}")
    if not total.isdecimal() or not 0 < int(total) <= 16 * GIBIBYTE:
        wrong.append(f"$.total_bytes: must have a value between 1 and {16 * GIBIBYTE}")
    category = given.get("media_category", "tweet_image")
    if category not in CATEGORIES:
        wrong.append(f"$.media_category: does not have a value in the enumeration {list(CATEGORIES)}")
    if wrong:
        raise problems.invalid(wrong)
    now = call.state.now()
    medium = call.state.media.initialize(account.user_id, category, given["media_type"], int(total), now)
    return Answer(200, {"data": _described(medium, now)})


def append(call: Call, account: XAccount) -> Answer:
    """POST /2/media/upload/{id}/append: one piece."""
    fields = _fields(call)
    _known(fields, "media", "segment_index")
    index = fields.fields.get("segment_index", "")
    if not index.isdecimal() or int(index) > 999:
        raise problems.invalid(["$.segment_index: must have a value between 0 and 999"])
    now = call.state.now()
    book = call.state.media
    medium = book.append(call.params["id"], account.user_id, int(index), _bytes(fields, "media"), now)
    return Answer(200, {"data": {"expires_at": int(medium.expires.timestamp())}})


def finalize(call: Call, account: XAccount) -> Answer:
    """POST /2/media/upload/{id}/finalize."""
    now, wait = call.state.now(), timedelta(seconds=call.state.x_rules.processing)
    return Answer(
        200, {"data": _described(call.state.media.finalize(call.params["id"], account.user_id, now, wait), now)}
    )


def status(call: Call, account: XAccount) -> Answer:
    """GET /2/media/upload?command=STATUS&media_id=."""
    arguments, now = call.arguments, call.state.now()
    if arguments.get("command", "STATUS") != "STATUS" or "media_id" not in arguments:
        raise problems.invalid(["command must be STATUS, and media_id is required"])
    return Answer(200, {"data": _described(call.state.media.own(arguments["media_id"], account.user_id, now), now)})


def metadata(call: Call, account: XAccount) -> Answer:
    """POST /2/media/metadata: the alt text, 1000 characters at most."""
    try:
        body = json_object(call.body)
    except ValueError:
        raise problems.invalid(["Request body is not a JSON object."]) from None
    identifier, alt = body.get("id"), _alt_text(body.get("metadata"))
    if not isinstance(identifier, str) or alt is None or not 0 < len(alt) <= ALT_TEXT:
        raise problems.invalid([f"$: id and metadata.alt_text.text (1 to {ALT_TEXT} characters) are wanted"])
    call.state.media.describe(identifier, account.user_id, alt, call.state.now())
    return Answer(200, {"data": {"id": identifier, "associated_metadata": {"alt_text": {"text": alt}}}})


def _alt_text(value: object) -> str | None:
    inner = value.get("alt_text") if isinstance(value, dict) else None
    found = inner.get("text") if isinstance(inner, dict) else None
    return found if isinstance(found, str) else None


def _fields(call: Call) -> Form:
    try:
        return form(call.body, call.content_type)
    except ValueError as error:
        raise problems.invalid([f"The request body cannot be read: {error}"]) from None


def _known(fields: Form, *allowed: str) -> None:
    rest = [key for key in (*fields.fields, *fields.files) if key not in allowed]
    if rest:
        sentence = "is not defined in the schema and the schema does not allow additional properties"
        raise problems.invalid([f"$.{key}: {sentence}" for key in rest])


def _bytes(fields: Form, name: str) -> bytes:
    if name in fields.files:
        return fields.files[name]
    try:
        return base64.b64decode(fields.fields[name], validate=True)
    except KeyError:
        raise problems.invalid([f"$.{name}: is missing but it is required"]) from None
    except (binascii.Error, ValueError):
        raise problems.invalid([f"$.{name}: is not base64"]) from None


def _described(medium: Medium, now: datetime) -> dict[str, object]:
    prefix = "3" if medium.category in ONE_SHOT else "16" if medium.category.endswith("gif") else "13"
    data: dict[str, object] = {
        "id": medium.id,
        "media_key": f"{prefix}_{medium.id}",
        "expires_after_secs": int((medium.expires - now).total_seconds()),
    }
    if medium.finished:
        data["size"] = medium.size
    if medium.finished and prefix != "3":
        left = (medium.ready - now).total_seconds()
        running = {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
        data["processing_info"] = running if left > 0 else {"state": "succeeded", "progress_percent": 100}
    return data
