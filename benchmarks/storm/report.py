"""What a storm came to: as lines for people, as JSON for a machine, as a table for the docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.storm.plan import HARMS, KILLS, counts
from benchmarks.storm.run import Outcome
from benchmarks.storm.stage import UNHEARD, Order

SHOWN = 20  # complaints of one kind that are told one by one


def shape(outcome: Outcome) -> dict[str, object]:
    """All figures under names that a machine can rely on."""
    struck, verdict = counts(outcome.strokes), outcome.verdict
    return {
        "command": command(outcome.order),
        "seed": outcome.order.seed,
        "database": outcome.order.database,
        "daemons": outcome.order.daemons,
        "answers_lost": outcome.order.lost,
        "kills": sum(struck[kind] for kind in KILLS),
        "kills_by_kind": {kind: struck[kind] for kind in KILLS},
        "harms_by_kind": {kind: struck[kind] for kind in HARMS},
        "missed": outcome.missed,
        "caught": outcome.caught,
        "daemon_starts": outcome.starts,
        "articles": outcome.articles,
        "expected": verdict.expected,
        "once": verdict.once,
        "lost": len(verdict.lost),
        "twice": len(verdict.twice),
        "wrong": len(verdict.wrong),
        "stuck": len(verdict.stuck),
        "left": len(outcome.left),
        "seconds": round(outcome.seconds),
        "settling": round(outcome.settling),
        "complaints": [*complaints(outcome)],
    }


def complaints(outcome: Outcome) -> Iterator[str]:
    """A line for each thing that is not as it should be."""
    verdict = outcome.verdict
    kinds = {"lost": verdict.lost, "twice": verdict.twice, "wrong": verdict.wrong, "stuck": verdict.stuck}
    for kind, told in {**kinds, "left": outcome.left}.items():
        yield from (f"{kind}: {each}" for each in told[:SHOWN])
        if len(told) > SHOWN:
            yield f"{kind}: … and {len(told) - SHOWN} more"
    if outcome.missed:
        yield f"missed: {outcome.missed} kills found nobody"


def rows(outcome: Outcome) -> list[tuple[str, str]]:
    """The table: what, and how much of it."""
    told = shape(outcome)
    order = outcome.order
    return [
        ("articles", f"{told['articles']}"),
        ("posts expected", f"{told['expected']}"),
        ("seen once", f"{told['once']}"),
        *((kind, f"{told[kind]}") for kind in ("lost", "twice", "wrong", "stuck")),
        ("processes left behind", f"{told['left']}"),
        ("kills", f"{told['kills']}: {_listed(told['kills_by_kind'])}"),
        ("deliveries in a killed worker's hands", f"{outcome.caught}"),
        ("beside the kills", _listed(told["harms_by_kind"])),
        ("answers lost after the post was applied", f"{order.lost:.0%}, and those that kills cut off"),
        ("requests lost before it was", f"{UNHEARD:.0%}"),
        ("over", _place(order)),
        ("lasted", f"{outcome.seconds / 60:.1f} min, of which {outcome.settling:.0f} s after the last stroke"),
        ("seed", f"{order.seed}"),
        ("command", f"`{command(order)}`"),
    ]


def lines(outcome: Outcome) -> Iterator[str]:
    """The table for a terminal."""
    for name, value in rows(outcome):
        yield f"  {name:<40} {value}"


def markdown(outcome: Outcome) -> Iterator[str]:
    """The table for a page."""
    yield "| | |"
    yield "|---|---|"
    for name, value in rows(outcome):
        yield f"| {name} | {value} |"


def command(order: Order) -> str:
    """The command that runs it again."""
    words = [f"--kills {order.kills}", f"--seed {order.seed}", f"--database {order.database}"]
    words += [f"--lost {order.lost:g}"] * bool(order.lost) + [f"--daemons {order.daemons}"] * (order.daemons > 1)
    return f'make chaos ARGS="{" ".join(words)}"'


def _listed(numbers: object) -> str:
    assert isinstance(numbers, Mapping)
    return ", ".join(f"{kind} {number}" for kind, number in numbers.items() if number) or "nothing"


def _place(order: Order) -> str:
    if order.database == "sqlite":
        return "SQLite and the embedded broker"
    homes = f", {order.daemons} daemons on as many homes, one of them struck" if order.daemons > 1 else ""
    return f"Postgres and a Redis outside{homes}"
