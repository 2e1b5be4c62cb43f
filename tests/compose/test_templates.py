"""Templates are bounded, see no secrets, and their mistakes are named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from wireroom.compose.render import Templates
from wireroom.model.errors import SettingsError


def drawn(folder: Path, source: str, headline: str = "") -> str:
    """What the template `source` gives."""
    (folder / "t.j2").write_text(source, encoding="utf-8")
    return Templates([folder]).draw("t.j2", headline=headline)


def test_the_first_folder_wins(tmp_path: Path) -> None:
    """A newsroom's own template stands before the shipped one, and the shipped one where it has none."""
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    own.mkdir()
    shipped.mkdir()
    (shipped / "a.j2").write_text("shipped a", encoding="utf-8")
    (shipped / "b.j2").write_text("shipped b", encoding="utf-8")
    (own / "a.j2").write_text("own a", encoding="utf-8")
    templates = Templates([own, tmp_path / "nowhere", shipped])
    assert [templates.draw("a.j2"), templates.draw("b.j2")] == ["own a", "shipped b"]


def test_text_is_not_escaped(tmp_path: Path) -> None:
    """Posts are plain text: an ampersand stays one."""
    assert drawn(tmp_path, "{{ headline }}", headline="Salt & <Iron>") == "Salt & <Iron>"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("a\nb {{ headline }\n", 2, "unexpected '}'"),
        ("a\n{% if headline %}\nb", 3, "endif"),
        ("a\n\n{{ nothing }}", 3, "'nothing' is undefined"),
        ("{{ headline.nothing }}", 1, "has no attribute 'nothing'"),
        ("a\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("a\n{{ headline.__class__ }}", 2, "unsafe"),
        ("a\n{{ 'x' * 1000000000 }}", 2, "small numbers"),
        ("a\n{{ 9 ** 9 ** 9 }}", 2, "small numbers"),
        ("a\n{{ 'x'.ljust(1000000000) }}", 2, "unsafe"),
        ("a\n{{ 'x'|center(1000000000) }}", 2, "center"),
        ("a\n{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", 2, "rounds of loops"),
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}\n{{ m(60) }}",
            1,
            "rounds of",
        ),
        ("{% for i in range(9000) %}{{ headline }}{{ headline }}{% endfor %}", 1, "characters"),
        ("a\n{% include 'gone.j2' %}", 2, "gone.j2"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_what_is_wrong(tmp_path: Path, source: str, line: int, said: str) -> None:
    """Whatever is wrong with a template, one line says where and what; nothing runs without end."""
    with pytest.raises(SettingsError) as caught:
        drawn(tmp_path, source, headline="A headline of some length, so that it adds up")
    (problem,) = caught.value.problems
    assert said in problem.found
    assert problem.path in {f"{tmp_path / 't.j2'}:{line}", str(tmp_path / "t.j2")}
    assert said in {"gone.j2", "characters"} or problem.path.endswith(f":{line}")


def test_endless_recursion_is_named(tmp_path: Path) -> None:
    """A macro that calls itself for ever is a mistake of the template, not a crash."""
    with pytest.raises(SettingsError):
        drawn(tmp_path, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")


def test_a_missing_template_is_named_with_the_nearest(tmp_path: Path) -> None:
    """The setting that asked for it, the folders looked into, and the name that was perhaps meant."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "x.j2").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Templates([tmp_path]).check("posts/xx.j2", "destinations.mtt-x.template")
    said = str(caught.value)
    assert said.startswith("destinations.mtt-x.template: there is no template `posts/xx.j2`")
    assert str(tmp_path) in said
    assert "Did you mean `posts/x.j2`?" in said


@pytest.mark.parametrize("name", ["../secret.j2", "/etc/passwd"])
def test_a_template_outside_its_folders_is_not_there(tmp_path: Path, name: str) -> None:
    """No template reaches a file outside the template folders."""
    with pytest.raises(SettingsError, match="there is no template"):
        Templates([tmp_path]).draw(name)


def test_a_template_in_another_encoding_is_named(tmp_path: Path) -> None:
    """A template must be UTF-8; one that is not is a mistake with a place."""
    (tmp_path / "t.j2").write_bytes("caf\u00e9".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"t\.j2: byte 3 is not UTF-8"):
        Templates([tmp_path]).draw("t.j2")


def test_a_changed_template_counts_at_once(tmp_path: Path) -> None:
    """An edited template is compiled anew by the program that runs."""
    import os

    file = tmp_path / "t.j2"
    file.write_text("before", encoding="utf-8")
    templates = Templates([tmp_path])
    assert templates.draw("t.j2") == "before"
    file.write_text("after", encoding="utf-8")
    os.utime(file, (1, 1))
    assert templates.draw("t.j2") == "after"
