"""A door: local, stateful stand-ins of X and Facebook, with a page of what was posted."""

from wireroom.sandbox.server import Sandbox, create_app, running, serve
from wireroom.sandbox.state import State
from wireroom.sandbox.values import Page, XAccount

__all__ = ["Page", "Sandbox", "State", "XAccount", "create_app", "running", "serve"]
