"""Where the files that ship with Wireroom are: its templates and its sample settings."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def assets() -> Path:
    """The folder that holds `templates/` and `config/`: inside the package in a wheel, the root in a checkout."""
    packed = _HERE / "_assets"
    return packed if packed.is_dir() else _HERE.parents[1]


def templates() -> Path:
    """The folder of the shipped templates."""
    return assets() / "templates"


def sample_settings() -> Path:
    """The commented settings a new newsroom starts from."""
    return assets() / "config" / "wireroom.toml"


def samples() -> Path:
    """The folder of the sample articles."""
    return _HERE / "samples"
