"""An SFTP server: its key is known beforehand, and a file takes its place by a change of name."""

from __future__ import annotations

import errno
import io
import logging
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from wireroom.channels.push.answers import RESUME
from wireroom.channels.redact import Censor
from wireroom.model.errors import Ending, LockedOut, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way
    from wireroom.model.post import Exchange

PORT = 22
KNOWN = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
CLOSED = "Socket is closed"  # what the library says, without a number, once the server has hung up
QUOTED = 300  # characters of somebody else's words that a message takes


class SftpPlace:
    """A folder of an SFTP server; "/~/" at the beginning of its path is the home of the user there.

    `password` opens the account, or the private key where there is a `key`.
    """

    tells = False

    def __init__(self, way: Way) -> None:
        parts = urlsplit(way.to)
        self._way, self._host, self._port = way, parts.hostname or "", parts.port or PORT
        self._user = way.secrets.get("username") or unquote(parts.username or "")
        path = unquote(parts.path).rstrip("/") or "/"
        self._folder = f".{path.removeprefix('/~')}" if f"{path}/".startswith("/~/") else path
        self._censor = Censor(way.secrets.values())
        self.address = f"sftp://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/"

    @contextmanager
    def open(self) -> Iterator[_Folder]:
        """Connect, see that both are who they say, and hang up in the end. Raises an `Ending`."""
        outcome: Ending
        client = paramiko.SSHClient()
        try:
            yield self._connected(client)
        except (OSError, EOFError, _NoKey, paramiko.SSHException) as error:
            outcome = self._ending(error)
        else:
            return
        finally:
            client.close()
        raise outcome  # here, not where the library failed: its errors carry keys and sockets along

    def _connected(self, client: paramiko.SSHClient) -> _Folder:
        quieten()
        self._know(client)
        timeout, secrets = self._way.timeout, self._way.secrets
        key = private_key(secrets["key"], secrets.get("password")) if secrets.get("key") else None
        if key is None and not secrets.get("password"):
            raise LockedOut(
                f"{self._host} lets nobody in without a `password` or a `key`: give one, {RESUME}", code="auth"
            )
        client.connect(
            self._host,
            self._port,
            username=self._user or None,
            password=None if key else secrets.get("password"),
            pkey=key,
            timeout=timeout,
            banner_timeout=timeout,
            auth_timeout=timeout,
            channel_timeout=timeout,
            allow_agent=False,
            look_for_keys=False,
        )
        files = client.open_sftp()
        channel = files.get_channel()
        if channel is not None:
            channel.settimeout(timeout)
        return _Folder(self._way, files, self._folder, self._host)

    def _know(self, client: paramiko.SSHClient) -> None:
        """The server's key: the one of the settings, else those that this user and host know. No other is taken."""
        name = self._host if self._port == PORT else f"[{self._host}]:{self._port}"
        client.set_missing_host_key_policy(_Unknown())
        given = self._way.options.get("host_key")
        if not given:
            for file in KNOWN:
                with suppress(OSError):
                    client.load_system_host_keys(str(Path(file).expanduser()))
            return
        entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {given}")
        if entry is None or entry.key is None:
            told = f'`host_key` is no public key: write it as in known_hosts, "ssh-ed25519 AAAA…", {RESUME}'
            raise LockedOut(told, code="host-key")
        client.get_host_keys().add(name, entry.key.get_name(), entry.key)

    def _ending(self, error: Exception) -> Ending:
        """What an error of the library means; our own words, and its words without secrets."""
        words = self._censor(str(error) or type(error).__name__)[:QUOTED]
        if isinstance(error, paramiko.BadHostKeyException):
            told = f"{self._host} shows another key than the one that is known for it"
            remedy = "ask who runs it; if it was changed on purpose, correct `host_key` or known_hosts"
            return LockedOut(f"{told}: {remedy}, {RESUME}", code="host-key")
        if isinstance(error, paramiko.AuthenticationException):
            remedy = "correct `username`, and `password` or `key`"
            return LockedOut(f"{self._host} does not let us in ({words}): {remedy}, {RESUME}", code="auth")
        if isinstance(error, _NoKey):
            return LockedOut(f"`key` cannot be used ({words}): correct it, or its `password`, {RESUME}", code="key")
        return NotSent(f"{self._host} could not be reached, or hung up ({words})")


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Takes no key on trust."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        told = f"nobody has said yet that {hostname} has the key {key.get_name()} {key.fingerprint}"
        remedy = (
            "compare it with what the server's people say, then put it into known_hosts (`ssh-keyscan`) or `host_key`"
        )
        raise LockedOut(f"{told}: {remedy}, {RESUME}", code="host-key")


class _NoKey(Exception):
    """A private key that cannot be read."""


class _Folder:
    exchange: Exchange | None = None

    def __init__(self, way: Way, files: paramiko.SFTPClient, folder: str, host: str) -> None:
        self._way, self._files, self._folder, self._host = way, files, folder, host

    def holds(self, page: Page, *, left: bool) -> bool:
        """What we remember leaving is there while its size is right."""
        if not left:
            return False
        with self._explained(page.name), suppress(FileNotFoundError):
            return self._files.stat(self._path(page.name)).st_size == len(page.body)
        return False

    def put(self, page: Page) -> None:
        """Written beside its place, its size compared, then renamed over what was there."""
        staged, path = self._path(self._way.staged(page.name)), self._path(page.name)
        with self._explained(page.name):
            try:
                self._write(staged, page.body)
            except FileNotFoundError:
                self._make_folders(page.name)
                self._write(staged, page.body)
            self._rename(staged, path)

    def remove(self, name: str) -> None:
        with self._explained(name), suppress(FileNotFoundError):
            self._files.remove(self._path(name))

    def probe(self) -> None:
        path = self._path(self._way.staged("probe"))
        with self._explained("a probe"):
            self._write(path, b"Wireroom can write here.\n")
            self._files.remove(path)

    def _write(self, path: str, body: bytes) -> None:
        self._files.putfo(io.BytesIO(body), path, file_size=len(body), confirm=True)

    def _rename(self, staged: str, path: str) -> None:
        """In one step where the server can (OpenSSH's extension), else with a moment in which there is no file."""
        try:
            self._files.posix_rename(staged, path)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EACCES):
                raise
            with suppress(FileNotFoundError):
                self._files.remove(path)
            self._files.rename(staged, path)

    def _make_folders(self, name: str) -> None:
        folders = name.split("/")[:-1]
        for depth in range(len(folders)):
            path = self._path("/".join(folders[: depth + 1]))
            try:
                self._files.stat(path)
            except FileNotFoundError:
                self._files.mkdir(path)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """What the server refuses by name; all else is the connection's affair."""
        try:
            yield
        except FileNotFoundError as error:
            told = f"{self._host} has no folder {self._folder} for {name}: make it there, or correct `to`, {RESUME}"
            raise LockedOut(told, code="ENOENT") from error
        except PermissionError as error:
            told = f"{self._host} does not let us write {name} in {self._folder}: give the user that right, {RESUME}"
            raise LockedOut(told, code="EACCES") from error
        except OSError as error:
            if error.errno is not None or isinstance(error, TimeoutError) or str(error) == CLOSED:
                raise
            told = f"{self._host} could not take {name} ({str(error)[:QUOTED]}): is its disk full? Look there"
            raise NotSent(told, code="failure") from error


def private_key(text: str, password: str | None) -> paramiko.PKey:
    """The private key, of whatever kind and in whatever form. Raises `_NoKey`, whose words hold nothing of it.

    It is read by cryptography: paramiko 5 cannot read half of the ecdsa keys that have no comment.
    """
    key = _read_key(text.strip().encode() + b"\n", password)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return paramiko.Ed25519Key.from_private_key(io.StringIO(plain.decode()))
    told = "it is no private key of the kinds ed25519, ecdsa or rsa, or it is encrypted and `password` does not open it"
    raise _NoKey(told)


def _read_key(text: bytes, password: str | None) -> object:
    """The key as it was read; None where it cannot be, for which the library has many words."""
    for phrase in (password.encode(), None) if password else (None,):  # one that is not encrypted wants no passphrase
        for load in (load_ssh_private_key, load_pem_private_key):
            with suppress(ValueError, TypeError, UnsupportedAlgorithm):
                return load(text, phrase)
    return None


def quieten() -> None:
    """Keep the library from logging: what went wrong is told by our endings, once."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
