"""`python -m benchmarks [NAME…]` runs the benchmarks and prints their figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks import compose, durability, feeds, latency, profile, serving, throughput

ALL: dict[str, Callable[[], Iterator[str]]] = {
    "compose": compose.run,
    "durability": durability.run,
    "feeds": feeds.run,
    "latency": latency.run,
    "profile": profile.run,
    "serving": serving.run,
    "throughput": throughput.run,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without names."""
    if unknown := [name for name in names if name not in ALL]:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    for name in names or ALL:
        print(f"\n{name}")
        for line in ALL[name]():
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
