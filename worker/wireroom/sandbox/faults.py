"""What can be made to go wrong: faults, the calls they hit, and how often."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from random import Random

KINDS: Mapping[str, str] = {
    "close": "close the connection without an answer",
    "reset": "reset the connection (TCP RST) without an answer",
    "hold": "say nothing for `seconds` (default: until the client gives up), then close",
    "status": "answer with `status` (default 503), as `format` json, html, plain or empty",
    "truncate": "answer with the body cut in half",
    "length": "announce `extra` bytes more than are sent (default 64; less if negative), then close",
    "empty": "answer as usual but with an empty body",
    "redirect": "answer 302 to `location`",
    "drip": "send the body one byte every `seconds` (default 1)",
    "late": "answer `status` (default 503); the post comes to be `seconds` (default 10) later",
    "lag": "answer as usual; lists miss the post for `seconds` (default 30)",
    "outage": "cut every connection and refuse new ones for `seconds` (default 3)",
    "invalid": "400 of a request that makes no sense; on Facebook code 100",
    "unauthorized": "401; on Facebook 190 with `subcode` (default 467)",
    "revoke": "401 (on Facebook 190 with 458) from this call on, until POST /_control/revoke gives the token back",
    "credits": "402 CreditsDepleted; on Facebook code 10",
    "forbidden": "403 that says nothing; on Facebook code 200",
    "duplicate": "refused as a duplicate; on Facebook by `code` 506 or 368",
    "rate-limit": "429 of the 15-minute window, open again in `seconds` (default 900); on Facebook `code` (default 32)",
    "day-limit": "429 of the 24-hour cap with a 15-minute reset that looks fine; on Facebook code 80001",
    "usage-cap": "429 UsageCapExceeded; on Facebook code 80001",
    "graph": "Facebook's error object with `code` (default 1), `subcode` and `status` (default 400)",
    "answer": "your own `status` (default 200) and `body` (text)",
}
REFUSALS = {
    "invalid", "unauthorized", "revoke", "credits", "forbidden", "duplicate", "rate-limit", "day-limit", "usage-cap",
    "graph",
}  # fmt: skip
WAITS = {
    "hold": 3600.0, "drip": 1.0, "outage": 3.0, "late": 10.0, "lag": 30.0, "rate-limit": 900.0, "day-limit": 86_400.0,
}  # fmt: skip
STATUSES = {"answer": 200, "graph": 400}
ROUTES: Mapping[str, str] = {
    "any": r".*",
    "create": r"POST (/2/tweets|(/v\d+\.\d+)?/\w+/(feed|photos))",
    "read": r"GET (/2/(users/\d+/)?tweets.*|(/v\d+\.\d+)?/(\w+/(published_posts|posts|feed)|\d+_\d+))",
    "media": r"\w+ /2/media/.*|POST (/v\d+\.\d+)?/\w+/photos",
    "who": r"GET (/2/users/me|(/v\d+\.\d+)?/(me|\d+|debug_token))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong; `when` is "before" the call is applied or "after" it was.

    Whatever happens to the answer, the post comes to be `late` seconds later, and lists miss it for `lag` seconds.
    """

    fault: str
    when: str = "after"
    seconds: float = 0.0
    status: int = 503
    format: str = "json"
    extra: int = 64
    location: str = "https://login.example.com/"
    code: int = 0
    subcode: int = 0
    body: str = ""
    late: float = 0.0
    lag: float = 0.0

    def __str__(self) -> str:
        number = f" {self.status}" if self.fault == "status" else ""
        return f"{self.fault}{number} {self.when}"


class Plan:
    """Which calls a fault hits: by route, platform and account, after `skip` calls, `count` times, by chance.

    `steps` are taken in turn by the calls that match; None is a call that goes well.
    """

    def __init__(
        self,
        identifier: str,
        steps: Sequence[Fault | None],
        *,
        route: str = "create",
        platform: str = "",
        account: str = "",
        count: int | None = 1,
        skip: int = 0,
        probability: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.identifier, self.steps = identifier, tuple(steps)
        self.route, self.platform, self.account = route, platform, account
        self.count, self.skip, self.probability, self.seed = count, skip, probability, seed
        self.seen = self.used = 0
        self._random = Random(seed)  # noqa: S311
        self._pattern = re.compile(ROUTES[route]) if route in ROUTES else None

    def take(self, platform: str, method: str, path: str, account: str) -> Fault | None:
        """The fault for this call, if the plan hits it; counts the call."""
        if self.done or not self._matches(platform, f"{method} {path}", account):
            return None
        self.seen += 1
        if self.seen <= self.skip or self._random.random() >= self.probability:
            return None
        step = self.steps[self.used % len(self.steps)]
        self.used += 1
        return step

    @property
    def done(self) -> bool:
        """Whether it has been used up."""
        return self.count is not None and self.used >= self.count * len(self.steps)

    def described(self) -> dict[str, object]:
        """The plan as JSON."""
        return {
            "id": self.identifier,
            "script": [step_described(step) for step in self.steps],
            "route": self.route,
            "platform": self.platform,
            "account": self.account,
            "count": self.count,
            "skip": self.skip,
            "probability": self.probability,
            "seed": self.seed,
            "seen": self.seen,
            "used": self.used,
        }

    def _matches(self, platform: str, call: str, account: str) -> bool:
        if self.platform not in {"", platform} or self.account not in {"", account}:
            return False
        return bool(self._pattern.fullmatch(call)) if self._pattern else fnmatchcase(call, self.route)


class Faults:
    """All plans in force; the first that hits a call decides. Not locked: the state that owns it holds the lock."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._numbers = itertools.count(1)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that can still hit a call, in the order they were added."""
        return tuple(plan for plan in self._plans if not plan.done)

    def add(self, order: Mapping[str, object]) -> Plan:
        """Put a plan in force. Raises ValueError that says what is wrong with the order and what is allowed."""
        plan = plan_from(f"fault-{next(self._numbers)}", order)
        self._plans.append(plan)
        return plan

    def take(self, platform: str, method: str, path: str, account: str) -> Fault | None:
        """The fault for a call, None where it goes well."""
        for plan in self._plans:
            fault = plan.take(platform, method, path, account)
            if fault is not None:
                return fault
        return None

    def clear(self, identifier: str = "") -> int:
        """Take one plan, or all, out of force; how many there were."""
        kept = [plan for plan in self._plans if identifier and plan.identifier != identifier]
        gone, self._plans = len(self._plans) - len(kept), kept
        return gone


_PLAN_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "route": str,
    "platform": str,
    "account": str,
    "count": (int, type(None)),
    "skip": int,
    "probability": (int, float),
    "seed": int,
}
_FAULT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "fault": str,
    "when": str,
    "seconds": (int, float),
    "status": int,
    "format": str,
    "extra": int,
    "location": str,
    "code": int,
    "subcode": int,
    "body": str,
    "late": (int, float),
    "lag": (int, float),
}


def plan_from(identifier: str, order: Mapping[str, object]) -> Plan:
    """A plan from its JSON. `script` is a list of faults (or "ok"); without it the order itself is the one fault."""
    where = {key: value for key, value in order.items() if key in _PLAN_KEYS}
    what = {key: value for key, value in order.items() if key not in _PLAN_KEYS}
    _check_types(where, _PLAN_KEYS)
    if where.get("platform", "") not in {"", "x", "facebook"}:
        raise ValueError(f"`platform` is {where['platform']!r}; allowed are 'x' and 'facebook'")
    if "probability" in where:
        where.setdefault("count", None)
    script = what.pop("script", None)
    if script is None:
        return Plan(identifier, [_fault_from(what)], **where)  # type: ignore[arg-type]
    if what or not isinstance(script, list) or not script:
        raise ValueError('`script` is a list of faults and of "ok", and stands instead of `fault`')
    return Plan(identifier, [_step_from(step) for step in script], **where)  # type: ignore[arg-type]


def _step_from(step: object) -> Fault | None:
    if step == "ok":
        return None
    if isinstance(step, str):
        return _fault_from({"fault": step})
    if isinstance(step, Mapping):
        return _fault_from(step)
    raise ValueError(f'a step of the script is {step!r}; it is "ok", a fault\'s name, or a fault')


def _fault_from(order: Mapping[str, object]) -> Fault:
    _check_types(order, _FAULT_KEYS)
    kind = order.get("fault")
    if kind not in KINDS:
        raise ValueError(f"`fault` is {kind!r}; allowed are {', '.join(KINDS)}")
    defaults = Fault(
        fault=str(kind),
        when="before" if kind in REFUSALS else "after",
        seconds=WAITS.get(str(kind), 0.0),
        status=STATUSES.get(str(kind), 503),
    )
    fault = replace(defaults, **order)  # type: ignore[arg-type]
    if fault.when not in {"before", "after"}:
        raise ValueError(f"`when` is {fault.when!r}; allowed are 'before' and 'after'")
    if fault.format not in {"json", "html", "plain", "empty"}:
        raise ValueError(f"`format` is {fault.format!r}; allowed are 'json', 'html', 'plain' and 'empty'")
    return fault


def _check_types(order: Mapping[str, object], allowed: Mapping[str, type | tuple[type, ...]]) -> None:
    for key, value in order.items():
        if key not in allowed:
            raise ValueError(f"`{key}` is not known; allowed are {', '.join((*_FAULT_KEYS, *_PLAN_KEYS, 'script'))}")
        if not isinstance(value, allowed[key]) or isinstance(value, bool):
            raise ValueError(f"`{key}` is {value!r}, which is of the wrong type")  # noqa: TRY004


def step_described(step: Fault | None) -> object:
    """One step of a script as JSON: what differs from the default is named."""
    if step is None:
        return "ok"
    plain = Fault(fault=step.fault)
    values = {entry.name: getattr(step, entry.name) for entry in fields(step)}
    always = {"fault", "when"}
    return {name: value for name, value in values.items() if name in always or value != getattr(plain, name)}
