"""The catalogue of channels: built-in ones at hand, plug-ins by entry point, nothing heavy loaded."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from wireroom.channels import catalogue
from wireroom.model.channel import Amendable, Kind, Retractable
from wireroom.model.errors import SettingsError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path in which a package with channels is installed."""
    (tmp_path / "pigeons.py").write_text(
        "from wireroom.model.channel import Kind\nPIGEON = Kind(name='pigeon', factory='pigeons:Loft', options={})\n"
        "class Loft: ...\nCOOP = 'no kind'\n"
    )
    about = tmp_path / "pigeons-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[wireroom.channels]\npigeon = pigeons:PIGEON\ncoop = pigeons:COOP\nlost = nowhere:X\nx = pigeons:PIGEON\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    catalogue.plugins.cache_clear()
    yield tmp_path
    catalogue.plugins.cache_clear()
    sys.modules.pop("pigeons", None)


def test_the_built_in_channels() -> None:
    """Feed, X and Facebook are there, X also by its old name."""
    kinds = catalogue.kinds()
    assert {"feed", "x", "twitter", "facebook"} <= set(kinds)
    assert kinds["twitter"] is kinds["x"]


@pytest.mark.parametrize("name", ["feed", "x", "facebook", "push"])
def test_a_channel_loads(name: str) -> None:
    """Each built-in channel's class can be loaded, and its kind tells the truth about what it can do."""
    kind = catalogue.kinds()[name]
    factory = catalogue.load(kind)
    assert isinstance(factory, type)
    assert kind.name == name
    assert (issubclass(factory, Amendable), issubclass(factory, Retractable)) == (kind.amendable, kind.retractable)


def test_every_option_is_explained() -> None:
    """Every setting of a channel has a sentence of help and a default that fits its type."""
    types = {"text": str, "number": int, "flag": bool, "texts": tuple, "address": str, "target": str, "dollars": dict}
    for kind in catalogue.BUILT_IN.values():
        for name, option in kind.options.items():
            assert option.help.endswith("."), f"{kind.name}.{name}"
            assert option.default is None or isinstance(option.default, types[option.type]), f"{kind.name}.{name}"


def test_a_plug_in_is_found(plugin: Path) -> None:
    """A channel of another package is known by its entry point's name; it cannot take a built-in one's."""
    kinds = catalogue.kinds()
    assert isinstance(kinds["pigeon"], Kind)
    assert isinstance(catalogue.load(kinds["pigeon"]), type)
    assert kinds["x"] is catalogue.X
    assert "pigeon" in kinds
    assert "pigeon" in list(kinds)
    assert len(kinds) == len(list(kinds))


@pytest.mark.parametrize("name", ["coop", "lost"])
def test_a_broken_plug_in_is_a_mistake_in_the_settings(plugin: Path, name: str) -> None:
    """A plug-in that is none is named, with what was expected."""
    with pytest.raises(SettingsError, match=name):
        catalogue.kinds()[name]


def test_an_unknown_channel_is_unknown() -> None:
    """A name nobody offers is not there."""
    assert "carrier-wave" not in catalogue.kinds()
    with pytest.raises(KeyError):
        catalogue.kinds()["carrier-wave"]


@pytest.mark.parametrize("factory", ["nowhere:X", "wireroom.channels.x:Nobody", "wireroom.channels.x", ""])
def test_a_class_that_is_not_there(factory: str) -> None:
    """A kind whose class cannot be imported is named."""
    with pytest.raises(SettingsError, match="lame"):
        catalogue.load(Kind(name="lame", factory=factory, options={}))


def test_the_catalogue_is_light() -> None:
    """Asking what channels there are loads neither a platform's library nor the list of installed packages."""
    program = (
        "import sys; from wireroom.channels import catalogue; k = catalogue.kinds(); k['x']; 'feed' in k\n"
        "print({'tweepy', 'requests', 'urllib3', 'importlib.metadata'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_package_announces_its_kinds() -> None:
    """Our own entry points name the same kinds that are built in."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][catalogue.GROUP]
    names = {"feed": "FEED", "x": "X", "twitter": "X", "facebook": "FACEBOOK", "push": "PUSH"}
    names |= {"websub": "WEBSUB", "hub": "HUB"}
    assert declared == {name: f"wireroom.channels.catalogue:{kind}" for name, kind in names.items()}
