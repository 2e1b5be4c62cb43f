"""A platform that costs next to nothing: takes posts for X and Facebook, and tells when each came.

Run as a program it serves on a free port of 127.0.0.1 and prints the port. It answers at once, or after the seconds
it is given, as one far away does.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import Any

_IDS = itertools.count(10**18)
_TIMES: list[float] = []


async def _serve_one(pause: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            length = next((int(field[15:]) for field in fields if field.lower().startswith("content-length:")), 0)
            if length:
                await reader.readexactly(length)
            status, body = _answer(line)
            if pause and line.startswith("POST"):
                await asyncio.sleep(pause)
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
    writer.close()


def _answer(line: str) -> tuple[str, bytes]:
    method, path, _ = line.split(" ")
    if path == "/_times":
        return "200 OK", json.dumps(_TIMES).encode()
    if path == "/_reset":
        _TIMES.clear()
        return "200 OK", b"{}"
    if method == "POST":
        _TIMES.append(time.monotonic())
    number = next(_IDS)
    if path.startswith("/2/"):
        return "201 Created", json.dumps({"data": {"id": str(number), "text": ""}}).encode()
    return "200 OK", json.dumps({"id": f"1_{number}", "permalink_url": f"https://www.facebook.com/{number}"}).encode()


async def _main(pause: float) -> None:
    server = await asyncio.start_server(partial(_serve_one, pause), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Platform:
    """The platform in a process of its own."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def reset(self) -> None:
        """Forget what came."""
        self._get("/_reset")

    def times(self) -> list[float]:
        """When each post came, in monotonic seconds (the clock is the machine's, one for all processes)."""
        return [float(each) for each in self._get("/_times")]

    def wait(self, number: int, seconds: float = 120.0) -> list[float]:
        """The times of `number` posts, once they are all there."""
        end = time.monotonic() + seconds
        while len(times := self.times()) < number:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(times)} of {number} posts after {seconds} s")
            time.sleep(0.1)
        return times

    def _get(self, path: str) -> list[Any]:
        with urllib.request.urlopen(self.url + path) as answer:
            return list(json.load(answer))


@contextlib.contextmanager
def platform(pause: float = 0.0) -> Iterator[Platform]:
    """A platform, running, that takes `pause` seconds to answer."""
    line = [sys.executable, "-m", "benchmarks.platform", str(pause)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Platform(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
