"""The command line: each command turns what was typed into one call on the application."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from wireroom.cli.lazy import LazyGroup
from wireroom.cli.options import home_option
from wireroom.cli.output import complain
from wireroom.model.errors import WireroomError

COMMANDS = {
    "init": "newsroom:init",
    "publish": "publish:publish",
    "preview": "publish:preview",
    "import-feed": "takeover:import_feed",
    "log": "log:log",
    "show": "log:show",
    "retry": "people:retry",
    "cancel": "people:cancel",
    "confirm": "people:confirm",
    "release": "people:release",
    "retract": "retract:retract",
    "pause": "people:pause",
    "resume": "people:resume",
    "destinations": "places:destinations",
    "check": "places:check",
    "alert": "alert:alert",
    "run": "service:run",
    "start": "service:start",
    "stop": "service:stop",
    "status": "service:status",
    "worker": "service:worker",
    "scheduler": "service:scheduler",
    "web": "service:web",
    "backup": "keeping:backup",
    "restore": "keeping:restore",
    "sandbox": "trial:sandbox",
    "demo": "trial:demo",
    "completion": "completion:completion",
}
"""Every command, in the order of the help, and where it is: "module:function" of this package."""


@click.group(cls=LazyGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wireroom", message="%(prog)s %(version)s")
@home_option
def cli() -> None:
    """Carries a newsroom's articles to its feeds, X and Facebook, and keeps a log that can be trusted.

    The newsroom is --home DIR, else WIREROOM_HOME, else the nearest folder upward from here with
    config/wireroom.toml. Exit codes: 0 done; 1 done, and the answer is no; 2 wrong usage or settings; 3 no such
    thing.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Whatever can be explained to a person is one line on stderr."""
    _print_anything()
    try:
        ended = cli.main(args=args, prog_name="wireroom", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        complain(_usage(error))
        return 2
    except WireroomError as error:
        complain(str(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: let Python's last flush pass
        return 0
    except OSError as error:
        said = error.strerror or str(error)
        complain(f"{error.filename}: {said}" if error.filename else said)
        return 2
    return ended if isinstance(ended, int) else 0


def _usage(error: click.UsageError) -> str:
    said = " ".join(error.format_message().split())
    where = error.ctx.command_path if error.ctx else "wireroom"
    return f"{said} See `{where} --help`."


def _print_anything() -> None:
    """Let output never fail on a character the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
