"""What the Page tokens of the Facebook stand-in may do, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

CONSENT = timedelta(days=90)  # data access lasts so long after the person's last visit
PUBLISH, READ = "pages_manage_posts", "pages_read_engagement"
SCOPES = ("pages_show_list", READ, PUBLISH)


@dataclass(frozen=True, slots=True)
class Token:
    """A token's facts; None for an end that it has not."""

    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    scopes: tuple[str, ...] = SCOPES

    def described(self) -> dict[str, object]:
        """As JSON, times in RFC 3339."""
        return {
            "expires_at": self.expires_at and self.expires_at.isoformat(),
            "data_access_expires_at": self.data_access_expires_at and self.data_access_expires_at.isoformat(),
            "scopes": list(self.scopes),
        }

    def changed(self, order: Mapping[str, object]) -> Token:
        """The token with what an order names set anew. Raises ValueError for what makes no sense."""
        times = {key: _moment(key, order[key]) for key in ("expires_at", "data_access_expires_at") if key in order}
        scopes = order.get("scopes", list(self.scopes))
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise ValueError("`scopes` is a list of texts")
        return replace(self, **times, scopes=tuple(scopes))


def seconds(moment: datetime | None) -> int:
    """A time as Facebook tells it: seconds since 1970, 0 for never."""
    return int(moment.timestamp()) if moment else 0


def _moment(key: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"`{key}` is {value!r}; allowed are RFC 3339, seconds since 1970, and null") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
