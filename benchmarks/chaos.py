"""`make chaos`: a daemon under load, killed again and again by a seeded plan; ends with what was lost or doubled.

`python -m benchmarks.chaos --kills 1000 --seed 7` over SQLite and the embedded broker, `--database postgres` over
Postgres and a Redis outside; exit 1 when anything was lost, twice, wrong, stuck or left behind.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from pathlib import Path

from benchmarks.storm.plan import HARMS, plan
from benchmarks.storm.report import complaints, lines, markdown, shape
from benchmarks.storm.run import storm
from benchmarks.storm.stage import Order


def main(words: list[str]) -> int:
    """Run what the words ask for; 0 when there is nothing to complain of, 2 for words without sense."""
    options = _options().parse_args(words)
    if options.daemons > 1 and options.database == "sqlite":
        print("--daemons 2 needs --database postgres: a SQLite file belongs to one host", file=sys.stderr)
        return 2
    order = Order(
        kills=options.kills,
        seed=options.seed,
        database=options.database,
        daemons=options.daemons,
        lost=options.lost,
        rate=options.rate,
        keep=options.keep,
        trace=options.trace,
    )
    if options.plan:
        for stroke in plan(order.seed, order.kills, daemons=order.daemons):
            print(stroke)
        return 0
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # it tells of each connection a restart has cut
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # taken down in order, as by Ctrl-C
    try:
        outcome = storm(order, lambda told: print(told, file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        print("stopped; nothing is left running", file=sys.stderr)
        return 130
    for told in complaints(outcome):
        print(told, file=sys.stderr)
    if options.json:
        print(json.dumps(shape(outcome)))
    else:
        print(*(markdown if options.markdown else lines)(outcome), sep="\n")
    return 0 if outcome.good else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help=f"how many, with {', '.join(HARMS)} between (default 50)")
    parser.add_argument("--seed", type=int, default=7, help="decides every stroke and its time (default 7)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--daemons", type=int, choices=(1, 2), default=1, help="on as many homes; needs postgres")
    parser.add_argument("--lost", type=float, default=0.0, help="share of answers lost after the post was applied")
    parser.add_argument("--rate", type=float, default=1.0, help="articles a second for each daemon (default 1)")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, kept afterwards with logs and database")
    parser.add_argument("--trace", action="store_true", help="tell of each stroke as it falls")
    parser.add_argument("--plan", action="store_true", help="print the strokes and do nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="a table for the docs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
