"""Rate limits, as X counts them (fixed windows per user and per app) and as Facebook does (a rolling day per Page)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from wireroom.sandbox import problems
from wireroom.sandbox.answers import Answer, Refusal

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls one user may make in `window` seconds, and one app in 24 hours (None: no such bound)."""

    user: int | None
    app_day: int | None = None
    window: int = 900


# X rate limits page, 2026-08
REAL: Mapping[str, Quota] = {
    "POST /2/tweets": Quota(100, 10_000),
    "DELETE /2/tweets": Quota(50),
    "GET /2/tweets": Quota(900),
    "GET /2/users/tweets": Quota(900, 10_000),
    "GET /2/users/me": Quota(75),
    "POST /2/media/upload": Quota(500, 50_000),
    "POST /2/media/chunks": Quota(1_875, 180_000),
    "GET /2/media/upload": Quota(1_000),
    "POST /2/media/metadata": Quota(500),
}
UNLIMITED: Mapping[str, Quota] = {}


class XLimits:
    """Counts calls against quotas; `day_headers` adds the 24-hour headers that legacy plans show."""

    def __init__(self, quotas: Mapping[str, Quota] = REAL, *, day_headers: bool = False) -> None:
        self.quotas: dict[str, Quota] = dict(quotas)
        self.day_headers = day_headers
        self._counts: dict[tuple[str, str, int], tuple[float, int]] = {}

    def take(self, route: str, user: str, app: str, now: float) -> dict[str, str]:
        """Count one call and return its headers. Raises the 429 refusal (same headers) when none is left.

        As on the real platform a 429 of the 24-hour cap carries 15-minute headers that look fine.
        """
        quota = self.quotas.get(route)
        if quota is None:
            return {}
        user_key, app_key = (route, user, quota.window), (route, app, DAY)
        headers, user_full = self._look("x-rate-limit", quota.user, user_key, now)
        day, app_full = self._look("x-app-limit-24hour", quota.app_day, app_key, now)
        if user_full or app_full:
            if app_full and not user_full:
                headers = self._counted("x-rate-limit", quota.user, user_key, now)
            scope = "15-minute window of this user" if user_full else "24 hours of this app"
            answer = problems.too_many(f"no calls left in the {scope} for {route}").answer
            raise Refusal(_with_headers(answer, headers | (day if self.day_headers else {})))
        headers = self._counted("x-rate-limit", quota.user, user_key, now)
        day = self._counted("x-app-limit-24hour", quota.app_day, app_key, now)
        return headers | (day if self.day_headers else {})

    def _look(
        self, prefix: str, limit: int | None, key: tuple[str, str, int], now: float
    ) -> tuple[dict[str, str], bool]:
        if limit is None:
            return {}, False
        start, used = self._window(key, now)
        return _headers(prefix, limit, used, start + key[2]), used >= limit

    def _counted(self, prefix: str, limit: int | None, key: tuple[str, str, int], now: float) -> dict[str, str]:
        if limit is None:
            return {}
        start, used = self._window(key, now)
        self._counts[key] = (start, used + 1)
        return _headers(prefix, limit, used + 1, start + key[2])

    def _window(self, key: tuple[str, str, int], now: float) -> tuple[float, int]:
        start, used = self._counts.get(key, (now, 0))
        return (now, 0) if now >= start + key[2] else (start, used)


class PageLimits:
    """Calls of each Page in the last 24 hours against `calls_per_day` (4800 for each engaged user; None: no bound)."""

    def __init__(self, calls_per_day: int | None = 48_000) -> None:
        self.calls_per_day = calls_per_day
        self._calls: dict[str, deque[float]] = {}

    def take(self, page: str, now: float) -> tuple[int, int]:
        """Count a call; percent used and minutes until there is room again. Calls made while full count too."""
        if self.calls_per_day is None:
            return 0, 0
        calls = self._calls.setdefault(page, deque())
        while calls and calls[0] <= now - DAY:
            calls.popleft()
        calls.append(now)
        over = len(calls) - self.calls_per_day
        minutes = ceil((calls[over - 1] + DAY - now) / 60) if over > 0 else 0
        return len(calls) * 100 // max(self.calls_per_day, 1), minutes


def _headers(prefix: str, limit: int, used: int, reset: float) -> dict[str, str]:
    return {
        f"{prefix}-limit": str(limit),
        f"{prefix}-remaining": str(max(limit - used, 0)),
        f"{prefix}-reset": str(ceil(reset)),
    }


def _with_headers(answer: Answer, headers: Mapping[str, str]) -> Answer:
    return Answer(answer.status, answer.body, dict(headers), answer.why, answer.media_type)
