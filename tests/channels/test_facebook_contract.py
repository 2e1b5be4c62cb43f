"""Facebook keeps the contract of channels against a stand-in that checks the token and its proof."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from wireroom.channels import catalogue
from wireroom.channels.facebook import FacebookChannel
from wireroom.testing import Asked, ChannelContract, Reply

TOKEN, SECRET, PAGE = "EAAB/page+token=01", "app|secret 01", "1122"
USAGE = '{"1122":[{"type":"pages","call_count":100,"total_time":9,"estimated_time_to_regain_access":12}]}'


def error(code: int, message: str = "no", **more: object) -> dict[str, object]:
    """An error object as the Graph API writes it."""
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


class TestFacebookContract(ChannelContract):
    """The contract on Facebook."""

    kind = catalogue.FACEBOOK
    factory = FacebookChannel
    options = {"page_id": PAGE}  # noqa: RUF012 - as a plug-in's author writes it
    secrets = {"access_token": TOKEN, "app_secret": SECRET}  # noqa: RUF012
    locked_out = Reply(400, error(190, "expired", error_subcode=463))
    rate_limited = Reply(400, error(80001), {"X-Business-Use-Case-Usage": USAGE})
    refused = Reply(400, error(100, "Invalid parameter"))
    duplicate = Reply(400, error(506, "Duplicate status message"))
    posts: dict[str, dict[str, Any]]

    def begin(self) -> None:
        self.posts = {}

    def answer(self, asked: Asked) -> Reply:
        proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        given = (asked.form if asked.method == "POST" else asked.query).get("appsecret_proof")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or given != proof or "access_token" in asked.url:
            return Reply(400, error(190))
        version, _, target = asked.path.strip("/").partition("/")
        assert version == "v26.0"
        if target == PAGE:
            return Reply(200, {"id": PAGE, "name": "Modern Tokyo Times"})
        if target == f"{PAGE}/feed":
            return self.create(asked)
        if target == f"{PAGE}/published_posts":
            return Reply(200, {"data": list(self.posts.values()), "paging": {"cursors": {}}})
        return self.change(asked.method, target, asked.form)

    def create(self, asked: Asked) -> Reply:
        """Keep a post with its card."""
        number = f"{PAGE}_{len(self.posts) + 1}"
        entry = {
            "id": number,
            "created_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink_url": f"https://www.facebook.com/{PAGE}/posts/1",
        }
        card = {"unshimmed_url": asked.form["link"], "title": "a card"}
        self.posts[number] = {**entry, "message": asked.form["message"], "attachments": {"data": [card]}}
        return Reply(200, {key: entry[key] for key in asked.query["fields"].split(",")})

    def change(self, method: str, number: str, form: dict[str, str]) -> Reply:
        """Edit or delete a post."""
        if number not in self.posts:
            return Reply(400, error(100, "Object does not exist", error_subcode=33))
        if method == "DELETE":
            del self.posts[number]
        else:
            self.posts[number]["message"] = form["message"]
        return Reply(200, {"success": True})
