"""The ways Wireroom is put to work: compose, image and system service agree with the program and with each other."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from wireroom.channels import catalogue
from wireroom.cli import cli
from wireroom.settings import parse

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("worker", "scheduler", "web")
UNIT = (ROOT / "systemd" / "wireroom.service").read_text(encoding="utf-8")
SETTINGS = (ROOT / "config" / "wireroom.compose.toml").read_text(encoding="utf-8")


def typed() -> Iterator[list[str]]:
    """Every `wireroom …` that compose, the image or the system service runs, as its words after the program's name."""
    for service in SERVICES.values():
        for words in (service.get("command", []), service.get("healthcheck", {}).get("test", [])[1:]):
            if words[:1] == ["wireroom"]:
                yield words[1:]
    for words in re.findall(r'CMD \["wireroom", (.+)\]', (ROOT / "Dockerfile").read_text(encoding="utf-8")):
        yield words.replace('"', "").split(", ")
    yield re.findall(r"^ExecStart=\S+/wireroom (.+)$", UNIT, re.MULTILINE)[0].split()


@pytest.mark.parametrize("words", list(typed()), ids=" ".join)
def test_commands_are_real(commands: dict[str, click.Command], words: list[str]) -> None:
    """What a container or the system service runs is a command people can type, with options it has."""
    command = commands[words[0]]
    context = click.Context(command, **cli.context_settings)  # a command keeps the help option it is first asked for
    command.make_parser(context).parse_args(words[1:])


@pytest.mark.parametrize("kind", ["secrets", "volumes", "networks"])
def test_what_is_used_is_declared(kind: str) -> None:
    """Each secret, volume and network a service uses is declared, and none is declared in vain."""
    used = {str(each).partition(":")[0] for service in SERVICES.values() for each in service.get(kind, [])}
    assert {name for name in used if not name.startswith((".", "/"))} == COMPOSE[kind].keys()


@pytest.mark.parametrize("name", OURS)
def test_parts_wait_for_health(name: str) -> None:
    """A part starts when what it leans on is healthy, and each of those says whether it is."""
    needs = SERVICES[name]["depends_on"]
    assert needs == {each: {"condition": "service_healthy"} for each in ("redis", "postgres")}
    assert all("healthcheck" in SERVICES[each] for each in (name, *needs))


@pytest.mark.parametrize("name", OURS)
def test_parts_run_with_little(name: str) -> None:
    """A part runs without rights, on a read-only root, comes back after a crash, and is given time to finish."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["restart"] == "unless-stopped"
    assert int(service["stop_grace_period"].removesuffix("s")) > 10


def test_the_image_runs_as_nobody_special() -> None:
    """The image's last user is a number other than root's, so an orchestrator can tell."""
    users = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert users == [("10001", "10001")]


def test_secrets_are_files_git_does_not_see() -> None:
    """Each secret is a file of its name under ./secrets/, explained there, ignored by git and unseen by the image."""
    assert COMPOSE["secrets"] == {name: {"file": f"./secrets/{name}"} for name in COMPOSE["secrets"]}
    explained = (ROOT / "secrets" / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMPOSE["secrets"] if f"`{name}`" not in explained] == []
    assert "/secrets/*\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert "!secrets" not in (ROOT / ".dockerignore").read_text(encoding="utf-8")


def test_compose_settings_are_right(tmp_path: Path) -> None:
    """The compose newsroom's settings hold no mistake, and name the secrets its containers are given and no other."""
    named = set(re.findall(r"/run/secrets/(\w+)", SETTINGS))
    assert named == set(SERVICES["worker"]["secrets"])
    for name in named:
        (tmp_path / name).write_text("postgresql://wireroom:x@postgres/wireroom\n", encoding="utf-8")
    text = SETTINGS.replace("/run/secrets", str(tmp_path))
    settings = parse(tomllib.loads(text), tmp_path, {}, catalogue.kinds(), secrets=True)
    assert settings.broker.startswith("redis://redis:")
    assert "@postgres/" in settings.database


def test_the_unit_hands_over_the_same_secrets() -> None:
    """The system service is given the platforms' secrets under the names compose gives them."""
    given = re.findall(r"^LoadCredential=(\w+):/etc/wireroom/secrets/(\w+)$", UNIT, re.MULTILINE)
    assert {name for name, file in given if name == file} == set(SERVICES["worker"]["secrets"]) - {"database"}


def test_continuous_integration_runs_what_people_type() -> None:
    """.ci/run calls `make test` and can be executed."""
    script = ROOT / ".ci" / "run"
    assert script.read_text(encoding="utf-8").endswith("\nexec make test\n")
    assert script.stat().st_mode & 0o111
