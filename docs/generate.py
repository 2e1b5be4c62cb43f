"""Writes what is made from the code: docs/states.md, and the marked sections of docs/reliability.md."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections import defaultdict
from enum import StrEnum
from pathlib import Path

from tests.deaths.points import JOURNEYS, Point
from tests.faults import matrix
from tests.faults.ends import ENDS

from wireroom.model.delivery import ENDED, MOVES, Move, State

STATES = Path(__file__).with_name("states.md")
RELIABILITY = Path(__file__).with_name("reliability.md")

PAGE = """\
# The states of a delivery

A delivery is one action on one destination: put an article's post there, change it, or take it away. It is always
in one of {count} states. Each change of state is a named move, written in one transaction as a compare-and-set on the
delivery's row and one line in its log, so the log can be folded back into the state at any time. A move that is not
in this table is refused.

This page is made from `worker/wireroom/model/delivery.py` by `make docs`; a test holds it to the code.

```mermaid
stateDiagram-v2
{arrows}
```

## States

| state | meaning | a delivery in it can |
|---|---|---|
{states}

{ended} are ends: nothing more happens there by itself.

## Moves

| move | when | from | to |
|---|---|---|---|
{moves}

## What the table is there to prevent

- **Nothing is sent twice.** A delivery is `sending` before a socket is opened. When no clear answer comes it turns
  `unconfirmed`, and the only ways on are proof that the post is there (`confirm`), proof that it is not (`absent`), or
  a person calling it off. There is no arrow by which a doubtful send is simply tried again.
- **A restored database guesses nothing.** What was still planned when its backup was made may have gone out since: it
  turns `unconfirmed` by `doubt`, and is looked for like any other.
- **Nothing is lost.** A worker that dies leaves a lease that runs out. If the wire was not touched, the delivery goes
  back to `planned`; if it was, to `unconfirmed`.
- **Waiting is not failing.** A rate limit, a pause, a spent budget or a shutdown is a `postpone`: it moves the due time
  and leaves the count of attempts alone. Only `retry` counts.
"""


def meanings(words: type[StrEnum]) -> dict[str, str]:
    """What each member of an enumeration means: the comment beside it in the source."""
    return dict(re.findall(r'= "(\w+)"  # (.+)', inspect.getsource(words)))


def arrows() -> str:
    """The diagram's arrows, one for each pair of states, the moves between the two written on it."""
    between: defaultdict[tuple[State, State], list[Move]] = defaultdict(list)
    for (before, move), after in MOVES.items():
        between[before, after].append(move)
    lines = [f"{before} --> {after}: {', '.join(moves)}" for (before, after), moves in between.items()]
    first = [f"[*] --> {state}: {Move.PLAN}" for state in (State.PLANNED, State.HELD)]
    last = [f"{state} --> [*]" for state in State if state in ENDED]
    return "\n".join(f"    {line}" for line in (*first, *lines, *last))


def quoted(words: list[str]) -> str:
    """Words of the code as the page shows them."""
    return ", ".join(f"`{word}`" for word in words)


def states() -> str:
    """A row for each state: what it means, and which moves leave it."""
    said = meanings(State)
    leaving = {state: [move.value for before, move in MOVES if before is state] for state in State}
    return "\n".join(f"| `{state}` | {said[state]} | {quoted(leaving[state]) or 'no more'} |" for state in State)


def moves() -> str:
    """A row for each move and the state it leads to: when it happens, and from where."""
    said = meanings(Move)
    sources: defaultdict[tuple[Move, State], list[str]] = defaultdict(list)
    for (before, move), after in MOVES.items():
        sources[move, after].append(before.value)
    rows = {Move.PLAN: [f"| `{Move.PLAN}` | {said[Move.PLAN]} | nowhere | `planned`, `held` |"]}
    for (move, after), befores in sources.items():
        rows.setdefault(move, []).append(f"| `{move}` | {said[move]} | {quoted(befores)} | `{after}` |")
    return "\n".join(row for move in Move for row in rows[move])


def page() -> str:
    """The whole of docs/states.md."""
    ended = quoted([state.value for state in State if state in ENDED])
    return PAGE.format(count=len(State), arrows=arrows(), states=states(), moves=moves(), ended=ended)


DEATH = """\
**{title}**

| dies after | leaves | posts there | the log in the end | attempts |
|---|---|---|---|---|
{rows}
"""


def death(point: Point) -> str:
    """A row for a point at which a process dies."""
    end, again = point.end, f" ({point.number})" if point.number > 1 else ""
    left = f"`{end.left}`" if end.left else "nothing"
    return f"| {point.label}{again} | {left} | {end.posts} | {end.log} | {end.attempts} |"


def deaths() -> str:
    """The tables of every point at which a process was made to die, and what came of it."""
    tables = [
        DEATH.format(title=journey.title, rows="\n".join(death(point) for point in journey.points))
        for journey in JOURNEYS
    ]
    return "\n".join(tables)


def faults() -> str:
    """The fault matrix: what each end means, then a table for each kind of fault."""
    ends = "\n".join(f"| {end.word} | {end.told} |" for end in ENDS)
    known = f"{len(matrix.CELLS)} cells, each a test of `tests/faults/`. The ends:\n\n| end | what happens |\n|---|---|"
    return "\n\n".join([f"{known}\n{ends}", *(_group(group) for group in matrix.GROUPS)])


def _group(group: matrix.Group) -> str:
    platforms = list(dict.fromkeys(platform for row in group.rows for platform in row.ends))
    third = "after a lost worker" if matrix.Platform.FEED in platforms else matrix.Moment.LOOK.value
    moments = (matrix.Moment.FIRST.value, matrix.Moment.RETRY.value, third)
    heads = [f"{_NAMES[platform]}, {moment}" for platform in platforms for moment in moments]
    rows = [_row(row, platforms) for row in group.rows]
    head = f"| fault | post | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 2)}"
    return f"### {group.heading}\n\n{textwrap.fill(group.said, 120)}\n\n" + "\n".join([head, *rows])


_NAMES = {matrix.Platform.X: "X", matrix.Platform.FACEBOOK: "Facebook", matrix.Platform.FEED: "feed"}


def _row(row: matrix.Row, platforms: list[matrix.Platform]) -> str:
    fault = row.fault if row.resend_absent else f"{row.fault}; `resend_absent = false`"
    ends = [end.word if end else "–" for platform in platforms for end in row.ends.get(platform, (None,) * 3)]
    return f"| {fault} | {'made' if row.made else 'not made'} | {' | '.join(ends)} |"


def filled(page: str, name: str, text: str) -> str:
    """A page with this text between its two marks of this name. Raises ValueError where the page has not both."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, found, rest = page.partition(begin)
    _, ended, tail = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the page has no {begin} and {end}")
    return f"{head}{begin}\n\n{text}\n\n{end}{tail}"


def reliability(page: str) -> str:
    """docs/reliability.md with what is made from the code put in; what people wrote stays."""
    return filled(filled(page, "faults", faults()), "deaths", deaths())


if __name__ == "__main__":
    STATES.write_text(page(), encoding="utf-8")
    RELIABILITY.write_text(reliability(RELIABILITY.read_text(encoding="utf-8")), encoding="utf-8")
