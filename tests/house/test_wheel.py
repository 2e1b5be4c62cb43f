"""The wheel carries the whole program: built from a copy of the checkout, and run where there is no checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME_IN_WHEEL = {"worker/wireroom/": "wireroom/", "templates/": "wireroom/_assets/templates/"}
HOME_IN_WHEEL |= {"config/": "wireroom/_assets/config/"}
IMPORT_EVERYTHING = """
import importlib, pkgutil, wireroom
for module in pkgutil.walk_packages(wireroom.__path__, "wireroom."):
    if not module.name.endswith("__main__") and ".migrations" not in module.name:
        importlib.import_module(module.name)
print(wireroom.__file__)
"""


def checkout() -> list[str]:
    """The files of the checkout: what git tracks, and what it would if it were asked to."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)
    return sorted(name for name in set(done.stdout.split("\0")) if name and (ROOT / name).is_file())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout's files."""
    source = tmp_path_factory.mktemp("source")
    for name in checkout():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel and its requirements in it, and no checkout.

    The requirements are lent by the environment the tests run in, so that no registry is asked. A `.pth` file adds
    a folder without reading the `.pth` files in it, so the editable install of the checkout stays behind.
    """
    home = tmp_path_factory.mktemp("bare")
    venv.create(home, symlinks=True)
    places = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    python = Path(places["scripts"], "python")
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    Path(places["purelib"], "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def outside(*command: str | Path, cwd: Path) -> str:
    """What a command says in a folder far from the checkout, with nothing of the checkout in its environment."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(command, cwd=cwd, env={**kept, "HOME": str(cwd)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_is_complete(contents: set[str]) -> None:
    """Every file of the program, its templates and its settings is in the wheel, where `assets` looks for it."""
    wanted = {
        there + name.removeprefix(here)
        for name in checkout()
        for here, there in HOME_IN_WHEEL.items()
        if name.startswith(here)
    }
    assert wanted - contents == set()


@pytest.mark.parametrize(
    "part", ["_assets/templates/posts/", "_assets/config/wireroom.toml", "samples/", "migrations/"]
)
def test_the_wheel_holds(contents: set[str], part: str) -> None:
    """Templates, settings, sample articles and migrations are there: a folder gone missing would go unsaid."""
    assert any(part in name for name in contents)


@pytest.mark.slow
def test_every_module_imports_in_a_bare_environment(bare: Path, tmp_path: Path) -> None:
    """Each module can be imported from the installed wheel, outside the checkout."""
    where = outside(bare / "python", "-c", IMPORT_EVERYTHING, cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(bare.parent)


@pytest.mark.slow
def test_the_command_runs_in_a_bare_environment(bare: Path, tmp_path: Path) -> None:
    """The installed command introduces itself, outside the checkout."""
    assert "Usage: wireroom" in outside(bare / "wireroom", "--help", cwd=tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_demo_runs_in_a_bare_environment(bare: Path, tmp_path: Path) -> None:
    """From the installed wheel, outside the checkout, the demo delivers every sample to feed, X and Facebook."""
    told = outside(bare / "wireroom", "demo", "--once", cwd=tmp_path)
    assert "6 sample articles became 18 deliveries" in told
    assert "missing" not in told.lower()
