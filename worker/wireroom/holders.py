"""Who holds a lease: a process, named so that another on the same machine can tell for certain that it is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def holder(part: str) -> str:
    """This process's name in the log: part, host, machine (boot and process namespace), pid and start time."""
    pid = os.getpid()
    return f"{part}@{socket.gethostname()}/{_machine()}/{pid}/{_started(pid)}"


def gone(name: str) -> bool:
    """Whether the holder is certainly dead. A holder on another machine, or one we cannot judge, is not."""
    _, _, where = name.partition("@")
    parts = where.split("/")
    if len(parts) != 4:
        return False
    host, machine, pid, started = parts
    if host != socket.gethostname() or not machine or machine != _machine() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def short(name: str) -> str:
    """A holder's name as people want to read it: "worker@host"."""
    return name.partition("/")[0]


def _machine() -> str:
    """This boot of this machine and this process namespace; "" where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
