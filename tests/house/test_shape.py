"""The shape of the code: short functions, short files, a caption on every module, a requirement on every test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "worker").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FUNCTION_LINES = 50
FILE_LINES = 350


def name(path: Path) -> str:
    """A file as it is called from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, those inside others included."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A function's length from `def` to its last line, docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_short_functions(path: Path) -> None:
    """No function is longer than fifty lines."""
    assert [(node.name, lines(node)) for node in functions(path) if lines(node) > FUNCTION_LINES] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_short_files(path: Path) -> None:
    """No module is longer than 350 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_captions(path: Path) -> None:
    """Every module begins with one line that is its caption; what follows it stands apart."""
    docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    caption, _, rest = docstring.partition("\n")
    assert caption.endswith("."), f"{name(path)} begins with no caption: one sentence, one line"
    assert rest == "" or rest.startswith("\n")


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_tests_say_what_they_require(path: Path) -> None:
    """Every test says in its docstring what it requires."""
    tests = [node for node in functions(path) if node.name.startswith("test_")]
    assert [node.name for node in tests if not ast.get_docstring(node)] == []
