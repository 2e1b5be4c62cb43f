"""Importing the package costs nothing: heavy libraries are loaded by those who use them."""

import json
import subprocess
import sys

import pytest

HEAVY = ("celery", "sqlalchemy", "tweepy", "jinja2", "requests", "click", "rich", "starlette")


@pytest.mark.parametrize("module", ["wireroom", "wireroom.model.article", "wireroom.model.channel"])
def test_light_import(module: str) -> None:
    """Importing the package, or one of its words, loads no heavy library."""
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert set(json.loads(done.stdout)) & set(HEAVY) == set()
