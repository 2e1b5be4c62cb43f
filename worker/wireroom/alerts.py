"""Alerts out to people, through Apprise; the only room that knows it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.trouble import Address, Message

TIMEOUT = 30.0
"""Seconds a service may take for one message."""

_NOT_UNDERSTOOD = "is no address that Apprise understands; https://appriseit.com/services/ has the form of each"


def send(address: Address, message: Message, *, hide: Callable[[str], str]) -> str:
    """Send a message; "" when the service took it, else why not. `hide` cuts secrets out of a service's words."""
    box = _box(address)
    if not box:
        return _NOT_UNDERSTOOD
    import apprise

    kind = apprise.NotifyType.SUCCESS if message.good else apprise.NotifyType.WARNING
    try:
        result = box.notify(
            body=message.body,
            title=message.title,
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
            log_level=logging.WARNING,
        )
    except Exception as error:  # noqa: BLE001 - a plug-in of Apprise may break in any way, and must stop nothing
        return f"its service broke ({type(error).__name__})"
    if result:
        return ""
    words = " ".join(entry.message for each in result for entry in each.logs())
    return hide(" ".join(words.split())) or f"its service did not take it within {TIMEOUT:.0f} seconds"


def understood(address: Address) -> str:
    """Why an address cannot be used, "" when it can; nothing is sent."""
    return "" if _box(address) else _NOT_UNDERSTOOD


def _box(address: Address) -> Any:
    """An Apprise with this one address, empty where it is not understood; it keeps nothing and logs nothing itself."""
    logging.getLogger("apprise").propagate = False  # its lines can hold parts of an address; ours say what came of it
    below = logging.getLogger("urllib3")
    below.setLevel(max(below.level, logging.INFO))  # at DEBUG it prints addresses whole
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Wireroom", storage_mode="memory", service_timeout=TIMEOUT, pgp_autogen=False, pem_autogen=False
    )
    box = apprise.Apprise(asset=asset)
    box.add(address.url)
    return box
