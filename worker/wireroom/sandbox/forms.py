"""Reads request bodies: JSON objects, web forms and multipart forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Form:
    """What a client sent: text fields, and files by field name."""

    fields: dict[str, str]
    files: dict[str, bytes]


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object of a body. Raises ValueError for anything else, also for text that is not Unicode."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004
    if b"\\u" in body:
        json.dumps(found, ensure_ascii=False).encode()
    return found


def form(body: bytes, content_type: str) -> Form:
    """The fields of a JSON object, a web form or a multipart form, whichever `content_type` says.

    Raises ValueError for a body that does not hold to its type (RFC 7578 for multipart).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return Form({key: _plain(value) for key, value in json_object(body).items()} if body else {}, {})
    if kind == "multipart/form-data":
        return _multipart(body, content_type)
    return Form(dict(parse_qsl(body.decode(), keep_blank_values=True)), {})


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _multipart(body: bytes, content_type: str) -> Form:
    boundary = _header(content_type).get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ValueError("the multipart body has no boundary")
    found = Form({}, {})
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if part.startswith(b"--"):
            return found
        _keep_part(part, found)
    raise ValueError("the multipart body has no end")


def _keep_part(part: bytes, found: Form) -> None:
    head, gap, content = part.partition(b"\r\n\r\n")
    lines = [line for line in head.decode("utf-8", "replace").split("\r\n") if line]
    disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    header = _header(disposition.partition(":")[2])
    name = header.get_param("name")
    if not gap or not isinstance(name, str):
        raise ValueError("a part of the multipart body has no name")
    if header.get_param("filename") is not None:
        found.files[name] = content
    else:
        found.fields[name] = content.decode()


def _header(value: str) -> Message:
    message = Message()
    message["content-type"] = value.strip()
    return message
