"""The command line as `python -m wireroom`."""

from __future__ import annotations

from wireroom.cli import main

raise SystemExit(main())
