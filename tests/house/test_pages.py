"""The pages are held to the code: every command, setting, state and word has its place, every link leads somewhere."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from docs import generate
from tests.faults import matrix
from tests.faults.ends import ENDS

from wireroom.channels import catalogue
from wireroom.model.destination import Destination
from wireroom.model.publication import Publication
from wireroom.settings.alerts import Alerts

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "secrets").glob("*.md")])


def read(page: str) -> str:
    """A page under docs/."""
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def headings(page: str) -> set[str]:
    """Every word in code style in a page's headings."""
    lines = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {word for line in lines for word in re.findall(r"`([^`]+)`", line)}


def section(page: str, heading: str) -> str:
    """What stands below the heading with this word in code style, up to the next heading."""
    match = re.search(rf"^#+ [^\n]*`{re.escape(heading)}`[^\n]*\n(.*?)(?=^#|\Z)", read(page), re.MULTILINE | re.DOTALL)
    assert match, f"docs/{page} has no heading for {heading}"
    return match[1]


def test_states_page_is_fresh() -> None:
    """docs/states.md is what `make docs` makes of the table of moves."""
    assert read("states.md") == generate.page(), "run `make docs`"


def test_reliability_page_is_fresh() -> None:
    """docs/reliability.md shows the fault matrix and the kill points that the tests play, as `make docs` writes it."""
    assert read("reliability.md") == generate.reliability(read("reliability.md")), "run `make docs`"


def test_every_end_of_the_matrix_is_told() -> None:
    """Each end that a cell states is explained once, under a word of its own, and each that is explained is used."""
    words = [end.word for end in ENDS]
    assert len(set(words)) == len(words)
    assert {cell.end.word for cell in matrix.CELLS} == set(words)


def test_every_command_has_a_heading(commands: dict[str, click.Command]) -> None:
    """Each command has a heading in the reference, and no heading is left of a command that has gone."""
    assert headings("reference/commands.md") == {f"wireroom {name}" for name in commands}


def test_every_option_of_a_command_is_told(commands: dict[str, click.Command]) -> None:
    """Each command's own options are told of below its heading; --home and --json are told of once."""
    missing = {
        f"{name} {option}"
        for name, command in commands.items()
        for parameter in command.params
        for option in parameter.opts[:1]
        if option.startswith("--") and option not in {"--home", "--json", "--help"}
        if f"`{option}" not in section("reference/commands.md", f"wireroom {name}")
    }
    assert missing == set()


@pytest.mark.parametrize("name", [name for name, kind in catalogue.BUILT_IN.items() if name == kind.name])
def test_every_channel_option_is_told(name: str) -> None:
    """Each option of a channel is told of below the channel's heading in the settings' reference."""
    told = section("reference/settings.md", name)
    assert [option for option in catalogue.BUILT_IN[name].options if f"`{option}`" not in told] == []


@pytest.mark.parametrize(
    ("heading", "words", "apart"),
    [
        ("[destinations.NAME]", Destination, {"name", "options", "secrets"}),
        ("[publications.KEY]", Publication, {"key"}),
        ("[alerts]", Alerts, set()),
    ],
)
def test_every_rule_is_told(heading: str, words: type, apart: set[str]) -> None:
    """Each key a publication, any destination or the watch takes is told of in the settings' reference."""
    told = section("reference/settings.md", heading)
    assert [field.name for field in fields(words) if field.name not in apart and f"`{field.name}`" not in told] == []


def test_glossary_names_modules_that_are_there() -> None:
    """Each word of the glossary is at home in a module, and the module is there."""
    homes = re.findall(r"\| `([\w/]+(?:\.py)?)` \|$", read("glossary.md"), re.MULTILINE)
    assert len(homes) >= 15
    assert [home for home in homes if not (ROOT / "worker" / "wireroom" / home).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each link from one page to another file of the repository finds it."""
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
