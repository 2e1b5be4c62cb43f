"""The bare equivalent: one Celery task per POST, the same session, the same pool, no log at all.

It sends what the channel sends: a form to Facebook, JSON signed with OAuth 1.0a to X. Run as a program,
`python -m benchmarks.bare BROKER URL CHANNEL THREADS` is its worker.
"""

from __future__ import annotations

import sys
import threading

import requests
from celery import Celery
from requests_oauthlib import OAuth1

from wireroom.broker import celery_app
from wireroom.channels.wire import new_session

QUEUE = "bare"
_LOCAL = threading.local()


def bare_app(broker: str, url: str, channel: str) -> Celery:
    """A Celery app with Wireroom's own settings and one task that posts to the platform at `url`."""
    app = celery_app(broker)
    ask = {"facebook": _facebook, "x": _x}[channel]

    def post(number: int) -> None:
        if not hasattr(_LOCAL, "session"):
            _LOCAL.session = new_session()
        answer = ask(_LOCAL.session, url, number)
        answer.raise_for_status()
        answer.json()

    app.task(post, name="bare.post")
    return app


def _facebook(session: requests.Session, url: str, number: int) -> requests.Response:
    form = {"message": f"Article {number}", "link": f"https://example.org/{number}/"}
    return session.post(f"{url}/v26.0/1/feed", data=form, timeout=20, headers={"Authorization": "Bearer token"})


def _x(session: requests.Session, url: str, number: int) -> requests.Response:
    if not hasattr(_LOCAL, "sign"):
        _LOCAL.sign = OAuth1("consumer-key", "consumer-secret", "access-token", "access-token-secret")
    text = f"Article {number} https://example.org/{number}/"
    return session.post(f"{url}/2/tweets", json={"text": text}, timeout=20, auth=_LOCAL.sign)


def main(broker: str, url: str, channel: str, threads: str) -> None:
    """Work until SIGTERM."""
    worker = bare_app(broker, url, channel).Worker(
        pool_cls="threads",
        concurrency=int(threads),
        queues=[QUEUE],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    )
    worker.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
