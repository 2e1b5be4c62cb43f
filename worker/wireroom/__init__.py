"""Wireroom: a newsroom's articles, out to feeds and social channels."""

__version__ = "0.1.0"
