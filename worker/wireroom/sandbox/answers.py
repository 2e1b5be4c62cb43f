"""What a handler gives back: a status, a JSON body, headers; or a refusal raised on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a platform; `why` is the sandbox's own explanation and travels in the header `x-sandbox-why`."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    media_type: str = "application/json"

    def encoded(self) -> bytes:
        """The body as UTF-8 JSON."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class Refusal(Exception):
    """A handler stops here and the platform gives `answer`."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.why or str(answer.status))
