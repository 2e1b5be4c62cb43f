"""What the house tests share: the command line as click knows it."""

import click
import pytest


def walk(group: click.Group, before: str = "") -> dict[str, click.Command]:
    """Every command of a group by what people type, groups within it included."""
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found |= walk(command, f"{before}{name} ") if isinstance(command, click.Group) else {before + name: command}
    return found


@pytest.fixture(scope="session")
def commands() -> dict[str, click.Command]:
    """The commands of `wireroom` by name."""
    from wireroom import cli

    (group,) = {value for value in vars(cli).values() if isinstance(value, click.Group)}
    return walk(group)
