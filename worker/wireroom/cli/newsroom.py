"""`wireroom init`: a new newsroom, from the settings that ship with Wireroom."""

from __future__ import annotations

from pathlib import Path

import click

from wireroom.cli.options import home_option
from wireroom.cli.output import say

_TEMPLATES = """\
Templates put here take the place of the shipped ones of the same name, for example posts/x.j2.
`wireroom preview FILE` shows what comes of them.
"""
_IGNORE = "var/\nconfig/secrets/\nconfig/*.local.toml\n.env\n"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@home_option
def init(folder: Path) -> None:
    """Make a new newsroom in DIR: commented settings that work as they stand, on the local sandbox."""
    from wireroom.assets import sample_settings
    from wireroom.model.errors import UsageError
    from wireroom.settings import SETTINGS

    settings = folder / SETTINGS
    if settings.exists():
        raise UsageError(f"{settings} is there already; this newsroom stays as it is")
    for name in ("config", "templates", "var"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write(folder / "templates" / "README", _TEMPLATES)
    _write(folder / ".gitignore", _IGNORE)
    _write(settings, sample_settings().read_text(encoding="utf-8"))
    say(f"A newsroom is in {folder}.\n")
    say(f"Its settings: {settings}\nThen:  cd {folder} && wireroom check\n       wireroom publish FILE && wireroom run")


def _write(path: Path, content: str) -> None:
    """Write a file that is not there yet."""
    if not path.exists():
        path.write_text(content, encoding="utf-8")
