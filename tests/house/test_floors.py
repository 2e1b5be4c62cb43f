"""The floors of the house: imports go down only, and no two modules lean on each other."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "worker" / "wireroom"
FLOORS = {
    "model": 0,
    "compose": 1,
    "alerts": 2,
    "assets": 2,
    "broker": 2,
    "channels": 2,
    "holders": 2,
    "limits": 2,
    "settings": 2,
    "sources": 2,
    "store": 2,
    "dispatch": 3,
    "app": 4,
    "sandbox": 5,
    "testing": 5,
    "web": 5,
    "daemon": 6,
    "cli": 7,
    "__main__": 8,
}
"""Each room of the house and its floor, as docs/architecture.md draws them."""


def dotted(path: Path) -> str:
    """The name a file of the package is imported by."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(name: str) -> Iterator[str]:
    """Every module of ours that this one imports: anywhere in it, at run time or for its types alone."""
    for node in ast.walk(ast.parse(FILES[name].read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module in FILES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in FILES else node.module


def room(name: str) -> str:
    """The room a module is in: the first name below the package, "" for the package itself."""
    return name.partition(".")[2].partition(".")[0]


@pytest.mark.parametrize("name", [name for name in FILES if room(name)])
def test_imports_go_down(name: str) -> None:
    """A module imports from its own room and from floors below, never from above or from beside."""
    wrong = [
        each
        for each in imports(name)
        if room(each) and room(each) != room(name) and FLOORS[room(each)] >= FLOORS[room(name)]
    ]
    assert wrong == [], f"{name} is on floor {FLOORS[room(name)]} and may import from below only"


def test_every_room_has_its_floor() -> None:
    """A new room is given its floor before it is furnished."""
    assert {room(name) for name in FILES} - {""} <= FLOORS.keys()


def test_the_front_door_is_empty() -> None:
    """`import wireroom` pulls in no other module of the house."""
    assert list(imports("wireroom")) == []


def test_no_circles() -> None:
    """Following imports never leads back to where one started."""
    graph = {name: set(imports(name)) - {name} for name in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
