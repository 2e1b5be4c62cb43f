"""X's OAuth 2.0 user tokens: two-hour access tokens, refresh tokens that rotate and die as a family."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ACCESS_SECONDS = 7200
SCOPES = "tweet.read tweet.write users.read media.write offline.access"


@dataclass(frozen=True, slots=True)
class Grant:
    """One pair of tokens. `family` is shared by all pairs that descend from one consent; `used` once refreshed."""

    access: str
    refresh: str
    user_id: str
    family: str
    expires: float
    used: bool = False

    def described(self) -> dict[str, object]:
        """The pair as X's token endpoint gives it."""
        return {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": self.access,
            "refresh_token": self.refresh,
            "scope": SCOPES,
        }


class Grants:
    """All pairs handed out. Not locked: the state that owns it holds the lock."""

    def __init__(self, sequence: Callable[[], int]) -> None:
        self._sequence = sequence
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}
        self._dead: set[str] = set()

    def issue(self, user_id: str, now: float, family: str = "") -> Grant:
        """A new pair, of a new family unless one is given. `now` is in epoch seconds."""
        number = self._sequence()
        grant = Grant(
            _token("access", number), _token("refresh", number), user_id, family or f"f{number}", now + ACCESS_SECONDS
        )
        self._by_access[grant.access] = self._by_refresh[grant.refresh] = grant
        return grant

    def refresh(self, token: str, now: float) -> Grant | None:
        """A new pair for a refresh token; None if it is unknown. Using one twice kills its whole family (2026-07)."""
        grant = self._by_refresh.get(token)
        if grant is None or grant.family in self._dead:
            return None
        if grant.used:
            self._dead.add(grant.family)
            return None
        self._by_refresh[token] = replace(grant, used=True)
        return self.issue(grant.user_id, now, grant.family)

    def user_of(self, access: str, now: float) -> str | None:
        """Whose access token this is, None if it is unknown, expired or of a dead family."""
        grant = self._by_access.get(access)
        if grant is None or grant.expires <= now or grant.family in self._dead:
            return None
        return grant.user_id

    def revoke(self, token: str) -> bool:
        """Kill the family of an access or refresh token; False if it is unknown."""
        grant = self._by_access.get(token) or self._by_refresh.get(token)
        if grant is None:
            return False
        self._dead.add(grant.family)
        return True


def _token(kind: str, number: int) -> str:
    return f"sandbox-{kind}-{hashlib.sha256(f'{kind}{number}'.encode()).hexdigest()[:40]}"
