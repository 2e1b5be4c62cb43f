"""S3 and storage that speaks its protocol: one signed PUT for each file, which is there whole or not at all."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests_aws4auth import AWS4Auth

from wireroom.channels.push.site import Site
from wireroom.channels.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.auth import AuthBase

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way


class StoragePlace:
    """A bucket, or what is below a prefix in it, addressed by its path, which every storage of this kind takes.

    `username` is the access key, `password` the secret key (Signature Version 4); without them nothing is signed.
    """

    tells = True

    def __init__(self, way: Way) -> None:
        parts = urlsplit(way.to)
        self._region = way.options.get("region") or "us-east-1"
        endpoint = way.options.get("endpoint") or f"https://s3.{self._region}.amazonaws.com"
        self._way, self._bucket, prefix = way, parts.netloc, parts.path.strip("/")
        self._above = f"/{self._bucket}/{prefix}" if prefix else f"/{self._bucket}"
        self.address = f"s3:/{self._above}/"
        self._wire = Wire(endpoint, timeout=way.timeout, secrets=way.secrets.values())

    @contextmanager
    def open(self) -> Iterator[_Bucket]:
        """The bucket; its first request is the connection."""
        yield _Bucket(self._way, self._wire, who=f"s3://{self._bucket}", above=self._above, auth=self._signer())

    def _signer(self) -> AuthBase | None:
        access, secret = self._way.secrets.get("username"), self._way.secrets.get("password")
        if not access or not secret:
            return None
        signer: AuthBase = AWS4Auth(access, secret, self._region, "s3")
        return signer


class _Bucket(Site):
    def holds(self, page: Page, *, left: bool) -> bool:  # noqa: ARG002 the storage has a digest of its own
        """By the ETag, a plain PUT's MD5; where a storage gives another (KMS), the file is put once more."""
        answer = self.ask("HEAD", page.name)
        if answer.good:
            md5 = hashlib.md5(page.body, usedforsecurity=False).hexdigest()
            return answer.headers.get("etag", "").strip('"') == md5
        if answer.status == 429 or answer.status >= 500:
            raise self.refused(answer, "HEAD", page.name)
        return False  # a HEAD brings no words: what is wrong, if more than that it is not there, the PUT will tell
