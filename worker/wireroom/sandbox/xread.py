"""How the X stand-in gives posts back: fields, entities, timelines with paging."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from wireroom.sandbox import problems
from wireroom.sandbox.answers import Answer
from wireroom.sandbox.text import LIMIT, display, fits, short_link, shown, tag_entities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wireroom.sandbox.call import Call
    from wireroom.sandbox.state import State
    from wireroom.sandbox.values import ShortLink, Tweet, XAccount

POST_FIELDS = (
    "attachments", "author_id", "conversation_id", "created_at", "edit_controls", "edit_history_tweet_ids", "entities",
    "id", "in_reply_to_user_id", "lang", "note_tweet", "possibly_sensitive", "public_metrics", "referenced_tweets",
    "reply_settings", "source", "text",
)  # fmt: skip
PARAMETERS = (
    "id", "since_id", "until_id", "max_results", "pagination_token", "exclude", "start_time", "end_time",
    "tweet.fields", "expansions", "media.fields", "poll.fields", "user.fields", "place.fields",
)  # fmt: skip


def media_link(tweet: Tweet) -> str:
    """The t.co link X puts behind the text of a post with pictures, "" for one without."""
    return short_link(tweet.id, "media") if tweet.media_ids else ""


def returned_text(tweet: Tweet) -> str:
    """The text as X returns it."""
    return shown(tweet.text, tweet.links, media_link(tweet))[0]


def user_json(account: XAccount, arguments: Mapping[str, str]) -> dict[str, object]:
    """A user; `user.fields` may add `created_at`, `verified`, `protected` and `public_metrics`."""
    more: dict[str, object] = {
        "created_at": "2020-01-01T00:00:00.000Z",
        "verified": False,
        "protected": False,
        "public_metrics": {"followers_count": 0, "following_count": 0, "tweet_count": 0, "listed_count": 0},
    }
    wanted = arguments.get("user.fields", "").split(",")
    plain: dict[str, object] = {"id": account.user_id, "name": account.name, "username": account.username}
    return plain | {name: value for name, value in more.items() if name in wanted}


def as_json(state: State, tweet: Tweet, arguments: Mapping[str, str]) -> dict[str, object]:
    """A post with the `tweet.fields` asked for."""
    wanted = [name for name in arguments.get("tweet.fields", "").split(",") if name]
    unknown = [name for name in wanted if name not in POST_FIELDS]
    if unknown:
        allowed = ",".join(POST_FIELDS)
        message = f"The `tweet.fields` query parameter value [{unknown[0]}] is not one of [{allowed}]"
        raise problems.invalid([message], {"tweet.fields": unknown})
    text, placed = shown(tweet.text, tweet.links, media_link(tweet))
    plain: dict[str, object] = {"id": tweet.id, "text": text, "edit_history_tweet_ids": list(tweet.chain)}
    return plain | {name: value for name in wanted for value in [_field(state, tweet, name, text, placed)] if value}


def _field(state: State, tweet: Tweet, name: str, text: str, placed: tuple[ShortLink, ...]) -> object:
    parent = state.x.get(tweet.reply_to, state.now()) if tweet.reply_to else None
    if name == "entities":
        return _entities(state, tweet, text, placed)
    if name == "referenced_tweets":
        kinds = (("replied_to", tweet.reply_to), ("quoted", tweet.quoted))
        return [{"type": kind, "id": identifier} for kind, identifier in kinds if identifier]
    values: dict[str, object] = {
        "author_id": tweet.user_id,
        "created_at": _time(tweet.created),
        "conversation_id": tweet.reply_to or tweet.chain[0],
        "in_reply_to_user_id": parent.user_id if parent else "",
        "lang": "und",
        "source": "Wireroom sandbox",
        "reply_settings": tweet.reply_settings,
        "attachments": {"media_keys": [f"3_{one}" for one in tweet.media_ids]} if tweet.media_ids else None,
        "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0},
        "edit_controls": {"edits_remaining": 6 - len(tweet.chain), "is_edit_eligible": state.x_rules.premium},
        "note_tweet": None if fits(tweet.text, LIMIT) else {"text": text},
        "text": text,
        "id": tweet.id,
        "edit_history_tweet_ids": list(tweet.chain),
    }
    return values.get(name)


def _entities(state: State, tweet: Tweet, text: str, placed: tuple[ShortLink, ...]) -> dict[str, object]:
    urls = [_url(state, link) for link in placed]
    if tweet.media_ids:
        account = state.accounts[tweet.user_id]
        link = media_link(tweet)
        urls.append(
            {
                "start": len(text) - len(link),
                "end": len(text),
                "url": link,
                "expanded_url": f"https://x.com/{account.username}/status/{tweet.id}/photo/1",
                "display_url": f"pic.x.com/{link.rpartition('/')[2]}",
                "media_key": f"3_{tweet.media_ids[0]}",
            }
        )
    found: dict[str, object] = {"urls": urls} if urls else {}
    return found | tag_entities(text)


def _url(state: State, link: ShortLink) -> dict[str, object]:
    card = state.cards.get(link.expanded)
    known = {"title": card.title, "description": card.description} if card else {}
    return {
        "start": link.start,
        "end": link.end,
        "url": link.short,
        "expanded_url": link.expanded,
        "display_url": display(link.expanded),
        "status": 200,
        **{key: value for key, value in known.items() if value},
        "unwound_url": link.expanded,
    }


def timeline(call: Call, _account: XAccount) -> Answer:
    """GET /2/users/{id}/tweets: newest first, `max_results` 5 to 100 (default 10), paged by `next_token`."""
    arguments = call.arguments
    _check_parameters(arguments)
    user_id = call.params["id"]
    if user_id not in call.state.accounts:
        return Answer(200, {"errors": [problems.not_found("user", user_id)]})
    size = _page_size(arguments)
    offset = _offset(arguments.get("pagination_token", ""))
    found = list(islice(_selected(call.state, user_id, arguments), offset, offset + size + 1))
    data = [as_json(call.state, tweet, arguments) for tweet in found[:size]]
    meta: dict[str, object] = {"result_count": len(data)}
    if data:
        meta |= {"newest_id": data[0]["id"], "oldest_id": data[-1]["id"]}
    if len(found) > size:
        meta["next_token"] = _token(offset + size)
    if offset:
        meta["previous_token"] = _token(max(offset - size, 0))
    return Answer(200, ({"data": data} if data else {}) | {"meta": meta})


def _selected(state: State, user_id: str, arguments: Mapping[str, str]) -> Iterator[Tweet]:
    since, until = _number(arguments, "since_id"), _number(arguments, "until_id")
    start, end = _moment(arguments, "start_time"), _moment(arguments, "end_time")
    excluded = arguments.get("exclude", "").split(",")
    if not set(excluded) <= {"", "replies", "retweets"}:
        message = f"The `exclude` query parameter value [{arguments['exclude']}] is not one of [replies,retweets]"
        raise problems.invalid([message], {"exclude": [arguments["exclude"]]})
    for tweet in state.x.timeline(user_id, state.now(), since_id=since or 0, until_id=until):
        if start and tweet.created < start:
            return
        if not (end and tweet.created >= end) and not (tweet.reply_to and "replies" in excluded):
            yield tweet


def _check_parameters(arguments: Mapping[str, str]) -> None:
    for name, value in arguments.items():
        if name not in PARAMETERS:
            message = f"The query parameter [{name}] is not one of [{','.join(PARAMETERS)}]"
            raise problems.invalid([message], {name: [value]})


def _page_size(arguments: Mapping[str, str]) -> int:
    value = arguments.get("max_results", "10")
    if not value.isdecimal() or not 5 <= int(value) <= 100:
        message = f"The `max_results` query parameter value [{value}] is not between 5 and 100"
        raise problems.invalid([message], {"max_results": [value]})
    return int(value)


def _number(arguments: Mapping[str, str], name: str) -> int | None:
    value = arguments.get(name)
    if value is None:
        return None
    if not value.isdecimal() or len(value) > 19:
        message = f"The `{name}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"
        raise problems.invalid([message], {name: [value]})
    return int(value)


def _moment(arguments: Mapping[str, str], name: str) -> datetime | None:
    value = arguments.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        message = f"The `{name}` query parameter value [{value}] is not a valid time, YYYY-MM-DDTHH:mm:ssZ"
        raise problems.invalid([message], {name: [value]}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _token(offset: int) -> str:
    return base64.b32hexencode(f"page{offset}".encode()).decode().rstrip("=").lower()


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        text = base64.b32hexdecode(token.upper() + "=" * (-len(token) % 8)).decode()
        return int(text.removeprefix("page"))
    except ValueError:
        message = f"The `pagination_token` query parameter value [{token}] is not valid"
        raise problems.invalid([message], {"pagination_token": [token]}) from None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
