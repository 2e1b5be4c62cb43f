"""The bare equivalent: one Celery task per POST, the same session, the same pool, no log at all.

Run as a program, `python -m benchmarks.bare BROKER TARGET THREADS` is its worker.
"""

from __future__ import annotations

import sys
import threading

from celery import Celery

from wireroom.broker import celery_app
from wireroom.channels.wire import new_session

QUEUE = "bare"
_LOCAL = threading.local()


def bare_app(broker: str, target: str) -> Celery:
    """A Celery app with Wireroom's own settings and one task that posts a form to `target`."""
    app = celery_app(broker)

    def post(number: int) -> None:
        if not hasattr(_LOCAL, "session"):
            _LOCAL.session = new_session()
        form = {"message": f"Article {number}", "link": f"https://example.org/{number}/"}
        answer = _LOCAL.session.post(target, data=form, timeout=20, headers={"Authorization": "Bearer token"})
        answer.raise_for_status()
        answer.json()

    app.task(post, name="bare.post")
    return app


def main(broker: str, target: str, threads: str) -> None:
    """Work until SIGTERM."""
    worker = bare_app(broker, target).Worker(
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
