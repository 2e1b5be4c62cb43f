"""All that the sandbox remembers, behind one lock."""

from __future__ import annotations

import itertools
import re
import threading
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox.faults import Faults
from wireroom.sandbox.limits import REAL, UNLIMITED, PageLimits, XLimits
from wireroom.sandbox.listing import listed
from wireroom.sandbox.media import MediaBook
from wireroom.sandbox.oauth import Nonces
from wireroom.sandbox.oauth2 import Grants
from wireroom.sandbox.pagebook import PageBook
from wireroom.sandbox.rules import FacebookRules, XRules
from wireroom.sandbox.tokens import CONSENT, Token
from wireroom.sandbox.values import Card, Page, Seen, XAccount
from wireroom.sandbox.xbook import XBook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def _keys(keys: Mapping[str, str]) -> tuple[str, str, str, str]:
    """The four keys in the order in which an account takes them."""
    return keys["consumer_key"], keys["consumer_secret"], keys["access_token"], keys["access_token_secret"]


DEFAULT_ACCOUNT = XAccount("1000000000000000001", "Sandbox Newsroom", "sandbox_newsroom", *_keys(SANDBOX_X))
DEFAULT_PAGE = Page(
    SANDBOX_FACEBOOK["page_id"], "Sandbox Newsroom", SANDBOX_FACEBOOK["access_token"], SANDBOX_FACEBOOK["app_secret"]
)
REQUESTS_KEPT = 2000


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class State:
    """Accounts, posts, rules, limits, faults and requests of both stand-ins.

    Whoever reads or changes the books takes `lock`. `now` is the clock (aware); `signing` the one that signatures are
    held against, for clients that sign by the true time while a test turns `now`. With `verify=False` no signature,
    token or proof is checked; `limited=False` lifts all rate limits: both for benchmarks. Well-known keys with a
    name after a dot (`wireroom.model.sandbox.x_keys`) open an account of that name when they are first seen, and
    the well-known Page token is good for any page id.
    """

    def __init__(
        self,
        accounts: Sequence[XAccount] = (),
        pages: Sequence[Page] = (),
        *,
        now: Callable[[], datetime] = utc_now,
        signing: Callable[[], datetime] | None = None,
        verify: bool = True,
        limited: bool = True,
        x: XRules | None = None,
        facebook: FacebookRules | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.now, self.verify, self.limited = now, verify, limited
        self.signing = signing or now
        self.accounts = {one.user_id: one for one in (DEFAULT_ACCOUNT, *accounts)}
        self.pages = {one.page_id: one for one in (DEFAULT_PAGE, *pages)}
        self.cards: dict[str, Card] = {}
        self._first_rules = (x or XRules(), facebook or FacebookRules())
        self._numbers = itertools.count(1)
        self.started = now()
        self.reset()

    def reset(self) -> None:
        """Forget posts, media, cards, faults, requests and counts, and put rules and limits back as at the start.

        Accounts stay, no longer revoked.
        """
        with self.lock:
            self.x_rules, self.facebook_rules = self._first_rules
            self.x, self.media, self.facebook = XBook(self.next), MediaBook(self.next), PageBook(self.next)
            self.x_limits = XLimits(REAL if self.limited else UNLIMITED)
            self.page_limits = PageLimits() if self.limited else PageLimits(None)
            self.nonces, self.grants, self.faults = Nonces(), Grants(self.next), Faults()
            self.requests: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
            self.request_count = self.fault_count = 0
            self.cards.clear()
            self.tokens: dict[str, Token] = {}
            self.accounts = {key: replace(one, revoked=False) for key, one in self.accounts.items()}
            self.pages = {key: replace(one, revoked=False) for key, one in self.pages.items()}
            self._index()

    def next(self) -> int:
        """A number that was never given before."""
        return next(self._numbers)

    def add_account(self, account: XAccount) -> None:
        """Open an X account, or change the one of the same user id."""
        with self.lock:
            self.accounts[account.user_id] = account
            self._index()

    def add_page(self, page: Page) -> None:
        """Open a Page, or change the one of the same page id."""
        with self.lock:
            self.pages[page.page_id] = page

    def revoke(self, identifier: str, *, revoked: bool = True) -> bool:
        """Take an account's or a Page's token away, or give it back; False where there is none of this id."""
        with self.lock:
            if identifier in self.accounts:
                self.add_account(replace(self.accounts[identifier], revoked=revoked))
            elif identifier in self.pages:
                self.add_page(replace(self.pages[identifier], revoked=revoked))
            else:
                return False
        return True

    def account_of(self, token: str) -> XAccount | None:
        """The X account of an access token; one named after the well-known token is opened on the way."""
        user_id = self._user_ids.get(token)
        if user_id is None and token.startswith(f"{SANDBOX_X['access_token']}."):
            name = token.removeprefix(f"{SANDBOX_X['access_token']}.")
            account = XAccount(_number(name), name, _username(name), *_keys({**SANDBOX_X, "access_token": token}))
            self.add_account(account)
            return account
        return self.accounts.get(user_id) if user_id else None

    def page_of(self, token: str, page_id: str = "") -> Page | None:
        """The Page a token opens, the one with `page_id` where it opens several; None if it opens none."""
        page = self.pages.get(page_id)
        if page is not None and page.access_token == token:
            return page
        known = SANDBOX_FACEBOOK["access_token"]
        if page is None and page_id.isdigit() and (token == known or token.startswith(f"{known}.")):
            name = token.removeprefix(known).removeprefix(".") or f"Page {page_id}"
            self.add_page(Page(page_id, name, token, SANDBOX_FACEBOOK["app_secret"]))
            return self.pages[page_id]
        return next((one for one in self.pages.values() if one.access_token == token), None)

    def token(self, token: str) -> Token:
        """What a Page token may do and until when: as it was set, else all, for ever, consent for 90 days from now."""
        return self.tokens.get(token) or Token(data_access_expires_at=self.now() + CONSENT)

    def see(self, seen: Seen) -> None:
        """Remember a request."""
        with self.lock:
            self.requests.append(seen)
            self.request_count += 1
            self.fault_count += bool(seen.fault)

    def posts(self) -> list[dict[str, object]]:
        """Every post of both platforms that exists and was not deleted, oldest first.

        Each has platform, id, account, text, link, created (RFC 3339), pictures, published and `same_link`: how often
        this account has posted this link.
        """
        with self.lock:
            return listed(self.x.every(), self.facebook.every(), self.now())

    def _index(self) -> None:
        self._user_ids = {one.access_token: one.user_id for one in self.accounts.values()}


def _number(name: str) -> str:
    return str(10**18 + int.from_bytes(sha256(name.encode()).digest()[:6]))


def _username(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)[:15]
