"""What went wrong, in the tongue of whoever asked: one JSON sentence under /api, a plain line elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

CLOSED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Headers of every answer that is nobody's to keep."""


def problem(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """`{"error": sentence}`: whatever the sentence quotes, it is one line that can be sent."""
    line = "; ".join(filter(None, (part.strip() for part in sentence.splitlines())))
    return JSONResponse(
        {"error": line.encode("utf-8", "replace").decode()}, status, headers={**CLOSED, **(headers or {})}
    )


def no_such(request: Request, error: Exception) -> Response:
    """The answer to an address, or a method, that is not there."""
    if not isinstance(error, HTTPException):
        return broken(request, error)
    allowed = (error.headers or {}).get("Allow", "")
    sentences = {
        404: f"there is nothing at {request.url.path[:200]}",
        405: f"{request.method[:20]} is not for {request.url.path[:200]}; allowed: {allowed}",
    }
    sentence = sentences.get(error.status_code, error.detail)
    if _is_api(request):
        hint = "; /api/v1/openapi.json tells what there is" if error.status_code == 404 else ""
        return problem(error.status_code, sentence + hint, error.headers)
    return _plain(error.status_code, sentence, error.headers)


def broken(request: Request, _: Exception) -> Response:
    """The answer to what ought never to happen; the log of the web has the story."""
    sentence = f"{HTTPStatus.INTERNAL_SERVER_ERROR.phrase}: Wireroom's own log says more"
    return problem(500, sentence) if _is_api(request) else _plain(500, sentence)


def _is_api(request: Request) -> bool:
    path = request.url.path
    return path == "/api" or path.startswith("/api/")


def _plain(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{sentence[:1].upper()}{sentence[1:]}.\n", status, {**CLOSED, **(headers or {})})
