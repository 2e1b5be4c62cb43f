"""Real places on 127.0.0.1 to push to: WebDAV (wsgidav), SFTP (asyncssh) and S3 (moto, signatures checked)."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import boto3
import requests
from cheroot.wsgi import Server
from moto.server import ThreadedMotoServer
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "harbour", 'pa:ss "word"/<8>&ü'
ACCESS, SECRET = "AKIAEXAMPLE", "s3/secret+key=="


@dataclass(frozen=True)
class Mirror:
    """A place, how it is reached, and what is in it as its owner sees it: files by name, temporary ones included."""

    kind: str
    to: str
    held: Callable[[], dict[str, bytes]]
    lose: Callable[[str], None]
    leave: Callable[[str, bytes], None]
    secrets: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()


def folder_mirror(kind: str, to: str, folder: Path, **more: Any) -> Mirror:
    """A mirror whose owner sees it as a folder of this host."""

    def held() -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def leave(name: str, body: bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)

    return Mirror(kind, to, held, lambda name: (folder / name).unlink(), leave, folder=folder, **more)


@dataclass
class Dav:
    """A WebDAV server that can go away and come back at the same address."""

    root: Path
    port: int = 0
    server: Server | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen."""
        app = WsgiDAVApp(
            {
                "provider_mapping": {"/": str(self.root)},
                "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
                "logging": {"enable": False},
                "verbose": 0,
            }
        )
        self.server = Server(("127.0.0.1", self.port), app, numthreads=3)
        self.server.prepare()
        self.port = self.server.bind_addr[1]
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()

    def stop(self) -> None:
        """Hang up."""
        if self.server is not None and self.thread is not None:
            self.server.stop()
            self.thread.join()
            self.server = self.thread = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def dav(root: Path) -> Iterator[Dav]:
    """A WebDAV server over a folder."""
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    server = Dav(root)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Sftp:
    """An SFTP server: its port, its public key as known_hosts has it, and a private key that it lets in."""

    root: Path
    port: int
    host_key: str
    private_key: str
    full: threading.Event


class _Files(asyncssh.SFTPServer):
    """Serves a folder; its disk is full while the event is set."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, full: threading.Event) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self._full = full

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write, or have no room for all of it."""
        if self._full.is_set():
            super().write(file_obj, offset, data[: len(data) // 2])
            raise asyncssh.SFTPFailure("No space left on device")
        written = super().write(file_obj, offset, data)
        assert isinstance(written, int)
        return written


class _Door(asyncssh.SSHServer):
    def __init__(self, through: list[asyncssh.SSHServerConnection]) -> None:
        self._through = through

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._through.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextmanager
def sftp(root: Path) -> Iterator[Sftp]:
    """An SFTP server over a folder, in a thread with a loop of its own."""
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    mine, theirs = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    root.mkdir()
    keys = root.parent / "authorized_keys"
    keys.write_bytes(theirs.export_public_key())
    full = threading.Event()
    loop, through = asyncio.new_event_loop(), list[asyncssh.SSHServerConnection]()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Door(through),
            server_host_keys=[mine],
            authorized_client_keys=str(keys),
            sftp_factory=lambda channel: _Files(channel, root, full),
        )

    async def leave(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for connection in through:
            connection.abort()
            await connection.wait_closed()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    try:
        public = mine.export_public_key().decode().strip()
        yield Sftp(root, acceptor.get_port(), public, theirs.export_private_key().decode(), full)
    finally:
        asyncio.run_coroutine_threadsafe(leave(acceptor), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class Storage:
    """S3-compatible storage that checks signatures, and a client of its own people."""

    endpoint: str
    access: str
    secret: str
    client: Any


@contextmanager
def storage() -> Iterator[Storage]:
    """Moto's server, in which every call has to be signed by a user that may do anything on S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server.start()
    try:
        assert server._server is not None
        endpoint = f"http://127.0.0.1:{server._server.server_port}"
        usual = {"region_name": "us-east-1", "endpoint_url": endpoint}
        iam = boto3.client("iam", aws_access_key_id="a", aws_secret_access_key="b", **usual)
        iam.create_user(UserName="wireroom")
        policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_user_policy(UserName="wireroom", PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName="wireroom")["AccessKey"]
        access, secret = key["AccessKeyId"], key["SecretAccessKey"]
        requests.post(f"{endpoint}/moto-api/reset-auth", data=b"0", timeout=10)
        client = boto3.client("s3", aws_access_key_id=access, aws_secret_access_key=secret, **usual)
        yield Storage(endpoint, access, secret, client)
    finally:
        requests.post(f"{endpoint}/moto-api/reset-auth", data=b"inf", timeout=10)
        server.stop()


def storage_mirror(store: Storage, bucket: str, prefix: str) -> Mirror:
    """A mirror below a prefix of a bucket that is made for it."""
    client = store.client
    client.create_bucket(Bucket=bucket)

    def held() -> dict[str, bytes]:
        found = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {
            each["Key"].removeprefix(prefix): client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            for each in found
        }

    return Mirror(
        "s3",
        f"s3://{bucket}/{prefix}",
        held,
        lambda name: client.delete_object(Bucket=bucket, Key=prefix + name),
        lambda name, body: client.put_object(Bucket=bucket, Key=prefix + name, Body=body),
        {"username": store.access, "password": store.secret},
        {"endpoint": store.endpoint},
    )
