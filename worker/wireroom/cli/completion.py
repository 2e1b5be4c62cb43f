"""Shell completion: prints the few lines a shell needs to complete Wireroom's commands."""

from __future__ import annotations

import click

from wireroom.cli.options import home_option


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@home_option
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: wireroom completion bash > ~/.local/share/bash-completion/completions/wireroom
    zsh:  wireroom completion zsh > "${fpath[1]}/_wireroom"
    fish: wireroom completion fish > ~/.config/fish/completions/wireroom.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if found is not None:
        # BaseShellComplete.source of bash looks for a bash on this machine, which printing the script does not need
        script = found(root, {}, "wireroom", "_WIREROOM_COMPLETE")
        click.echo(script.source_template % script.source_vars())
