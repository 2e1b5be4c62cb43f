"""A place whose library is not installed: it says which extra brings it, to whoever tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.model.errors import LockedOut

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wireroom.channels.push.place import There


class NotInstalled:
    """Stands where the place would be, so that the settings are read and every other destination works."""

    tells = False

    def __init__(self, address: str, extra: str) -> None:
        self.address, self._extra = address, extra

    def open(self) -> AbstractContextManager[There]:
        """Raises `LockedOut`, always."""
        raise LockedOut(
            f"{self.address} needs a library: `pip install 'wireroom[{self._extra}]'` where Wireroom runs, start it"
            " anew, then `wireroom resume` the destination",
            code="not-installed",
        )
