"""A bucket by the S3 API: every fault is an `OSError` that says in words what to do.

What the library says of a fault is never passed on: it can hold the store's whole answer, and in
it the key's name and the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

try:
    import obstore
    from obstore.exceptions import BaseError
    from obstore.store import S3Store
except ImportError:
    raise ImportError("it needs one more package: pip install 'avviso[object-store]'") from None

if TYPE_CHECKING:
    from obstore.store import S3Credential

TIMEOUT = 10.0
"""Seconds that one request may take in all, from connecting to the last byte of the answer."""
AT_ONCE = 8
"""Requests that are under way at the same time."""
_RETRIES = 2
"""Of a request that was refused for a moment (5xx) or broke off, within `TIMEOUT`."""

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_WRONG_KEY = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"}
)
_BROKEN = (
    ("kind: Timeout", "did not answer in time"),
    ("dns error", "the endpoint's host is not known"),
    ("ConnectionRefused", "nobody answers at the endpoint: connection refused"),
    ("without LOCATION", "it is in another region: set `region`"),
    ("invalid path", "it holds an object whose name is no path, which Avviso never made"),
    ("certificate", "the endpoint's certificate is not valid"),
)


@dataclass(frozen=True)
class Bucket:
    """The objects of a bucket below a prefix, which is left out of every key."""

    name: str
    prefix: str
    endpoint: str
    """As in "https://s3.eu-south-1.amazonaws.com": the bucket's name comes after it."""
    region: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)

    @cached_property
    def _store(self) -> S3Store:
        # Made in the process that uses it, because its threads do not survive a fork. All that
        # matters is said here: else the library takes it from AWS_... in the environment.
        return S3Store(
            self.name,
            prefix=self.prefix or None,
            endpoint=self.endpoint,
            aws_endpoint_url_s3=self.endpoint,
            region=self.region,
            virtual_hosted_style_request=False,
            skip_signature=False,
            credential_provider=self._credential,
            client_options={
                "allow_http": self.endpoint.startswith("http://"),
                "timeout": timedelta(seconds=TIMEOUT),
                "connect_timeout": timedelta(seconds=TIMEOUT / 2),
            },
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": timedelta(seconds=TIMEOUT / 2),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )

    def _credential(self) -> S3Credential:
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "token": None,
            "expires_at": None,
        }

    def get(self, key: str) -> bytes | None:
        """An object's bytes; None when there is no such object."""
        with self._in_words():
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except FileNotFoundError as fault:
                if _code(fault) == "NoSuchBucket":
                    raise
                return None

    def put(self, key: str, body: bytes, media_type: str, freshness: str) -> None:
        """Put an object in one step, with its Content-Type and Cache-Control."""
        attributes = {"Content-Type": media_type, "Cache-Control": freshness}
        with self._in_words():
            obstore.put(self._store, key, body, attributes=attributes, use_multipart=False)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are no fault."""
        if keys:
            with self._in_words():
                obstore.delete(self._store, keys)

    def listed(self) -> Iterator[str]:
        """Every object's key, a thousand to a request."""
        with self._in_words():
            for page in obstore.list(self._store):
                yield from (found["path"] for found in page)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        if not (self.access_key_id and self.secret_access_key):
            # Else the library would look for one in the machine's own cloud.
            raise OSError(f"bucket {self.name}: its access key is not set in the environment")
        try:
            yield
        except (BaseError, OSError, ValueError) as fault:
            raise OSError(f"bucket {self.name}: {_reason(fault)}") from None


def _code(fault: Exception) -> str:
    """The S3 API's own word for a fault, as in "NoSuchBucket"; "" where it has none."""
    found = _CODE.search(str(fault))
    return found[1] if found else ""


def _reason(fault: Exception) -> str:
    """What went wrong, from the library's long story of it."""
    story = str(fault)
    code, found = _code(fault), _STATUS.search(story)
    if found:
        return _refusal(int(found[1]), code)
    for sign, reason in _BROKEN:
        if sign in story:
            return reason
    return "the connection broke off, or the answer was none"


def _refusal(status: int, code: str) -> str:
    told = f"{status} {code}".rstrip()
    if code == "NoSuchBucket":
        return "there is no such bucket"
    if status == 401 or code in _WRONG_KEY:
        return f"the access key is not accepted ({told})"
    if status == 403:
        return f"the access key may not do this here ({told})"
    if status // 100 == 3:
        return "it is in another region: set `region`"
    return f"the store answered {told}"


class Crew:
    """Does a bounded number of things at a time; the first that fails stops those not begun."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, "avviso-put")
        self._running: set[Future[None]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, bucket: Bucket, key: str, body: bytes, media_type: str, freshness: str) -> None:
        """Put an object soon; waits while too many are under way. Raises what an earlier did."""
        if len(self._running) >= AT_ONCE:
            self._settle(FIRST_COMPLETED)
        work = self._pool.submit(bucket.put, key, body, media_type, freshness)
        self._running.add(work)

    def wait(self) -> None:
        """Until all that was begun is done. Raises what one of them did."""
        self._settle(ALL_COMPLETED)

    def _settle(self, how: str) -> None:
        done, self._running = wait(self._running, return_when=how)
        for work in done:
            work.result()
