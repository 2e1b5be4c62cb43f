"""Posts to a Facebook Page: the Graph API, spoken plainly.

message + link ─▶ /{page}/feed     a post with the linked page's card (the default)
photo + caption ─▶ /{page}/photos  the picture itself, the link in its caption (`photo = true`)
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from wireroom.channels import facebook_endings, facebook_page
from wireroom.channels.facebook_token import health_or_raise
from wireroom.channels.wire import Answer, Ask, Wire
from wireroom.model.errors import Ending, LockedOut, NotSent, Rejected, Unsure
from wireroom.model.post import Quota, Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wireroom.model.channel import Health, Sent, Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post

log = logging.getLogger(__name__)

BACK = "id,permalink_url,created_time"  # read after write: the fields the answer to a post brings along
PAGES = 5  # of 100 posts each
LARGEST = 10 * 1024 * 1024  # bytes of a photo that Facebook takes
SIGNS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
NO_PAGE = "there is no such Page, or the token cannot see it: check page_id and access_token in the settings"
TOO_MUCH = "the Page has published too much to look through it all; asking again does no harm"
NOTE = "wireroom-note"  # the header under which the log keeps what a person should know about a post that went out


class FacebookChannel:
    """One Facebook Page."""

    repeatable = False

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        options, secrets = destination.options, destination.secrets
        self._token = secrets.get("access_token", "")
        self._secret, self._app = secrets.get("app_secret", ""), str(options.get("app_id") or "")
        self._proof = proof(self._secret, self._token)
        self._page = str(options.get("page_id") or "")
        self._version = str(options.get("graph_version") or "v26.0")
        self._photo = bool(options.get("photo", False))
        self._now = surroundings.now
        base_url = str(options.get("base_url") or "https://graph.facebook.com")
        self.account = self.reads = f"facebook/{urlsplit(base_url).netloc}/{self._page}"
        self._wire = Wire(
            base_url,
            timeout=destination.timeout,
            secrets=[*secrets.values(), self._proof, proof(self._secret, self._asker())],
        )

    def send(self, post: Post) -> Receipt:
        """Post the message with its link, or the photo with both; nothing is ever asked twice."""
        found = self._picture(post)
        if isinstance(found, bytes):
            return self._send_photo(post, found)
        form = {"message": post.text, "link": post.link}
        answer = self._ask("POST", f"{self._page}/feed", form=form, params={"fields": BACK}, write=True)
        body = self._of_page(answer, write=True)
        return self._receipt(body, body.get("id"), answer, found)

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """Look through what the Page has published since then: the same words first, else the same link.

        The edge is ranked and knows no time filter, so no page is skipped for its order.
        """
        since = since.replace(microsecond=0)  # the Page's times have none
        params, second = {"fields": facebook_page.FIELDS, "limit": "100"}, None
        for _ in range(PAGES):
            answer, body = self._published(params)
            first, linked = self._match(body, post, since, answer)
            if first is not None:
                return first
            second = second or linked
            params = facebook_page.onward(body)
            if not params:
                return second
        if second is None and not all_before(body, since):
            raise NotSent(TOO_MUCH)
        return second

    def visible(self, sent: Sequence[Sent], since: datetime) -> list[bool]:
        """Read what the Page has published once for all of them."""
        params = {"fields": facebook_page.FIELDS, "limit": "100"}
        entries: list[Mapping[str, object]] = []
        for _ in range(PAGES):
            _, body = self._published(params)
            entries += facebook_page.entries(body)
            seen = [facebook_page.shows(entries, each) for each in sent]
            params = facebook_page.onward(body)
            if not params or all(seen):
                return seen
        if not all_before(body, since):
            raise NotSent(TOO_MUCH)
        return seen

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """Change the post's message; its link and its picture stay. May be repeated."""
        answer = self._ask("POST", receipt.remote_id, form={"message": self._words(post)})
        facebook_endings.body_or_raise(answer, self._now(), write=False)
        return replace(receipt, at=self._now(), exchange=answer.exchange, quota=self._quota(answer), cost=0.0)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 - the receipt tells all
        """Delete the post; that it is gone already is as good."""
        answer = self._ask("DELETE", receipt.remote_id)
        if not facebook_endings.understand(answer.json()).gone:
            body = facebook_endings.body_or_raise(answer, self._now(), write=False)
            if body.get("success") is False:
                raise answer.end(NotSent, "Facebook did not delete the post; asking again does no harm")
        return replace(receipt, at=self._now(), exchange=answer.exchange, quota=self._quota(answer), cost=0.0)

    def check(self) -> str:
        """Ask Facebook which Page this is: its name and number."""
        body = self._of_page(self._ask("GET", self._page, params={"fields": "id,name"}), write=False)
        return f"{body.get('name') or 'a Page without a name'} ({body.get('id') or self._page})"

    def _published(self, params: Mapping[str, str]) -> tuple[Answer, Mapping[str, object]]:
        """One page of what the Page has published."""
        answer = self._ask("GET", f"{self._page}/published_posts", params=params)
        body = self._of_page(answer, write=False)
        if not isinstance(body.get("data"), list):
            raise answer.end(NotSent, "Facebook answered without a list of posts; asking again does no harm")
        return answer, body

    def health(self) -> Health:
        """Ask Facebook until when the token and its owner's consent last, and what the token may do; by reading alone.

        The app asks, where its number and secret are known, else the token asks about itself.
        """
        if not self._token:
            raise LockedOut(f"access_token missing: set it in this destination's settings{facebook_endings.AGAIN}")
        asker = self._asker()
        params = {"input_token": self._token}
        if self._secret:
            params["appsecret_proof"] = proof(self._secret, asker)
        headers = {"Authorization": f"Bearer {asker}"}
        ask = Ask(method="GET", path=f"/{self._version}/debug_token", params=params, headers=headers)
        return health_or_raise(self._wire.call(ask), self._page, self._now())

    def _asker(self) -> str:
        """The token that asks about the token: the app's own, where its number and secret are known."""
        return f"{self._app}|{self._secret}" if self._app and self._secret else self._token

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        write: bool = False,
    ) -> Answer:
        missing = [name for name, value in (("access_token", self._token), ("page_id", self._page)) if not value]
        if missing:
            told = f"{', '.join(missing)} missing: set it in this destination's settings"
            raise LockedOut(f"{told}{facebook_endings.AGAIN}")
        params, form = dict(params or {}), {name: value for name, value in (form or {}).items() if value}
        if self._proof:
            (form if method == "POST" else params)["appsecret_proof"] = self._proof
        ask = Ask(
            method=method,
            path=f"/{self._version}/{quote(path)}",
            params=params,
            form=form,
            files=files or {},
            headers={"Authorization": f"Bearer {self._token}"},
            write=write,
            shown=summary(form, files) if files else "",
        )
        return self._wire.call(ask)

    def _picture(self, post: Post) -> bytes | str:
        """The photo's bytes, or, for a link post, why there is no photo ("" when none was wanted)."""
        if not self._wants_photo(post) or post.picture is None:
            return ""
        path = Path(post.picture.path)
        try:
            if path.stat().st_size > LARGEST:
                return f"the photo was left out: {path.name} is larger than the 10 MB that Facebook takes"
            found = path.read_bytes()
        except OSError as error:
            return f"the photo was left out: {path} cannot be read ({error.strerror})"
        return found if media_type(found) else f"the photo was left out: {path.name} is not a JPEG or PNG"

    def _send_photo(self, post: Post, photo: bytes) -> Receipt:
        alt = post.picture.alt if post.picture else ""
        kind = media_type(photo)
        files = {"source": (f"photo.{kind.rpartition('/')[2]}", photo, kind)}
        form = {"caption": self._words(post), "alt_text_custom": alt}
        answer = self._ask("POST", f"{self._page}/photos", form=form, files=files, write=True)
        body = self._of_page(answer, write=True)
        return self._receipt(body, body.get("post_id") or body.get("id"), answer, "")

    def _wants_photo(self, post: Post) -> bool:
        return self._photo and post.picture is not None and bool(post.picture.path)

    def _words(self, post: Post) -> str:
        return facebook_page.caption(post) if self._wants_photo(post) else post.text

    def _match(
        self, body: Mapping[str, object], post: Post, since: datetime, answer: Answer
    ) -> tuple[Receipt | None, Receipt | None]:
        linked = None
        for entry in facebook_page.entries(body):
            at = facebook_page.made(entry)
            likeness = facebook_page.resembles(entry, post)
            if not likeness or not entry.get("id") or (at is not None and at < since):
                continue
            receipt = self._receipt(entry, entry["id"], answer, "")
            if likeness == 2:
                return receipt, linked
            linked = linked or receipt
        return None, linked

    def _of_page(self, answer: Answer, *, write: bool) -> Mapping[str, object]:
        """The answer's object; a Page that is not there is a matter for a person, a read is never a refusal."""
        if facebook_endings.understand(answer.json()).gone:
            raise answer.end(LockedOut, f"{NO_PAGE}{facebook_endings.AGAIN}", code="100/33")
        try:
            return facebook_endings.body_or_raise(answer, self._now(), write=write)
        except Rejected as refusal:
            if not write:
                raise answer.end(NotSent, refusal.message, code=refusal.code) from None
            refusal.quota = self._quota(answer)
            raise
        except Ending as ending:
            ending.quota = self._quota(answer)
            raise

    def _receipt(self, body: Mapping[str, object], remote_id: object, answer: Answer, note: str) -> Receipt:
        if not isinstance(remote_id, str | int) or not remote_id or isinstance(remote_id, bool):
            raise answer.end(Unsure, "Facebook answered without an id; the post may be there", code=str(answer.status))
        exchange = answer.exchange
        if note:
            log.warning("Facebook post %s: %s", remote_id, note)
            exchange = replace(exchange, headers={**exchange.headers, NOTE: note})
        return Receipt(
            remote_id=str(remote_id),
            remote_url=facebook_page.permalink(body, str(remote_id)),
            at=facebook_page.made(body),
            exchange=exchange,
            quota=self._quota(answer),
        )

    def _quota(self, answer: Answer) -> tuple[Quota, ...]:
        return facebook_endings.quotas(answer.headers, self._now())


def proof(app_secret: str, token: str) -> str:
    """The `appsecret_proof` of a token, in hex: HMAC-SHA256 with the app's secret as key; "" without a secret."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest() if app_secret else ""


def media_type(photo: bytes) -> str:
    """The photo's media type by its first bytes; "" for what Facebook does not take."""
    return next((kind for sign, kind in SIGNS.items() if photo.startswith(sign)), "")


def all_before(body: Mapping[str, object], since: datetime) -> bool:
    """Whether every post of a page was made before `since`; a post that does not say when counts as newer."""
    times = [facebook_page.made(entry) for entry in facebook_page.entries(body)]
    return all(at is not None and at < since for at in times)


def summary(form: Mapping[str, str], files: Mapping[str, tuple[str, bytes, str]] | None) -> str:
    """What the log shows instead of a multipart body: its fields, and for a file its name and size."""
    shown = {**form, **{name: f"({file[0]}, {len(file[1])} bytes)" for name, file in (files or {}).items()}}
    return "\n".join(f"{name}: {value}" for name, value in shown.items())
