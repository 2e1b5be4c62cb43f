"""Celery on Redis: its settings, its queues, and the wake-ups that carry a destination's name and nothing else.

A wake-up is a hint: losing it loses nothing, a second one does no harm. So one that is still unread stands for all
that follow it, until a worker takes it.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery
    from redis import Redis

QUEUE = "wireroom"
BREAKING = "wireroom.breaking"
UNNAMED = "celery"  # where Celery puts what another program sends by a task's name alone, without a queue's

DRAIN = "wireroom.drain"
OVERTAKE = "wireroom.overtake"
LOOK = "wireroom.look"
CALL_BACK = "wireroom.call_back"
CHECK = "wireroom.check"
SEE = "wireroom.see"
REFRESH = "wireroom.refresh"

_UNREAD = 10  # seconds a wake-up may lie unread before it is sent once more

CELERY: dict[str, Any] = {
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_default_queue": QUEUE,
    "task_acks_late": False,
    "worker_prefetch_multiplier": 1,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_hijack_root_logger": False,
    "worker_soft_shutdown_timeout": 60.0,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
        "health_check_interval": 10,
        "retry_on_timeout": True,
    },
}


def celery_app(url: str) -> Celery:
    """The Celery app `wireroom` on the broker at `url`; JSON only, results off."""
    from celery import Celery

    app = Celery("wireroom", broker=url, set_as_current=False)
    app.conf.update(CELERY)
    return app


def shown(url: str) -> str:
    """A broker's address without the name and password that may stand in it, for people to see."""
    return re.sub(r"//.*@", "//***@", url.partition("?")[0])


def redis_client(url: str) -> Redis:
    """A Redis client for a broker URL: redis://, rediss:// or redis+socket://."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    address = url.replace("redis+socket://", "unix://", 1)
    return Redis.from_url(
        address, socket_connect_timeout=2, socket_timeout=5, decode_responses=True, retry=Retry(NoBackoff(), 1)
    )


class Waker:
    """Wakes lanes. Everything here may fail without harm: the scheduler finds what a wake-up forgot."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._celery: Celery | None = None
        self._redis: Redis | None = None

    def wake(self, task: str, name: str) -> bool:
        """Send `task` for destination `name` unless one lies unread. False when the broker cannot be reached."""
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        queue = BREAKING if task == OVERTAKE else QUEUE
        try:
            if not self._client().set(_unread(task, name), "1", nx=True, ex=_UNREAD):
                return True
            self._app().send_task(task, args=[name], queue=queue, ignore_result=True, retry=False)
        except (RedisError, OperationalError, OSError):
            return False
        return True

    def taken(self, task: str, name: str) -> None:
        """Say that a worker has taken the wake-up: the next one is news again."""
        from redis.exceptions import RedisError

        with contextlib.suppress(RedisError, OSError):
            self._client().delete(_unread(task, name))

    def alive(self) -> bool:
        """Whether the broker answers."""
        from redis.exceptions import RedisError

        try:
            return bool(self._client().ping())
        except (RedisError, OSError):
            return False

    def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            self._redis.close()
        if self._celery is not None:
            self._celery.close()

    def _client(self) -> Redis:
        if self._redis is None:
            self._redis = redis_client(self.url)
        return self._redis

    def _app(self) -> Celery:
        if self._celery is None:
            self._celery = celery_app(self.url)
        return self._celery


def _unread(task: str, name: str) -> str:
    return f"wireroom:unread:{task}:{name}"
