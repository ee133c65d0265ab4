"""A bucket of an object store, reached by the S3 API, for a CDN or a website endpoint to serve.

Each document is one object, uncompressed: a store cannot negotiate, and this every client reads.
The CDN in front compresses. Beside the documents lie two objects of Avviso's own: the watermark,
put last of all, and the digests of all documents, by which those that changed are known without
reading any.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Self, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo

from publishers.documents._base import Document
from publishers.targets import _base
from publishers.targets._base import TargetOptions, Watermark, check_path
from publishers.targets._bucket import Bucket, Crew
from publishers.targets._files import held, make_folder
from publishers.targets._serving import freshness, media_type

WATERMARK = ".avviso.json"
DIGESTS = ".avviso-documents.json"
_OURS = frozenset({WATERMARK, DIGESTS})
_EVERYTHING = "everything"
_USUAL_REGION = "us-east-1"
"""What other providers than AWS want to read where they have no regions."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{0,40}")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


class ForeignBucket(OSError):
    """The bucket holds objects that Avviso did not put there."""


class Overtaken(OSError):
    """Another publisher has put a later state there, or is at work at this very moment."""


def _bucket_name(value: str) -> str:
    if not _BUCKET.fullmatch(value):
        raise ValueError(f"{value!r} is no bucket's name: 3 to 63 of letters, digits, '.' and '-'")
    return value


def _prefix(value: str) -> str:
    if value and not all(_SEGMENT.fullmatch(part) for part in value.split("/")):
        raise ValueError(f"{value!r} should be like 'status' or 'pages/status'")
    return value


def _endpoint(value: str, info: ValidationInfo) -> str:
    # Nothing of the value is quoted: somebody may have put a password into it.
    try:
        parts = urlsplit(value)
        host, plain = parts.hostname or "", f"{parts.scheme}://{parts.netloc}" == value
        port_is_fine = parts.port != 0
    except ValueError:
        raise ValueError("is no address") from None
    if not value:
        return value
    if parts.scheme not in {"http", "https"} or not (host and plain and port_is_fine):
        raise ValueError("should be like https://s3.example.org, with nothing after the host")
    if "@" in parts.netloc:
        raise ValueError("should have no user and no password")
    if parts.scheme == "http" and not (_is_this_machine(host) or info.data.get("allow_http")):
        raise ValueError("should be https://, or say `allow_http = true` as well")
    return value


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _region(value: str, info: ValidationInfo) -> str:
    if not _REGION.fullmatch(value):
        raise ValueError(f"{value!r} should be like 'eu-south-1'")
    if not value and info.data.get("endpoint") == "":
        raise ValueError("is missing, as in 'eu-south-1'; AWS needs it where no `endpoint` is set")
    return value or _USUAL_REGION


class Options(TargetOptions):
    """Which bucket, and where. Without an endpoint it is AWS's own."""

    PLACED_BY = "bucket"

    bucket: Annotated[str, AfterValidator(_bucket_name)]
    """The bucket's name."""
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """Only what is below it belongs to Avviso; "" is the whole bucket."""
    allow_http: bool = False
    """Whether the endpoint may be spoken to without TLS although it is another machine."""
    endpoint: Annotated[str, AfterValidator(_endpoint)] = ""
    """The address of the S3 API, where it is not AWS's own."""
    region: Annotated[str, AfterValidator(_region)] = Field(default="", validate_default=True)
    """As in `eu-south-1`; needed where no endpoint is set."""

    @property
    def address(self) -> str:
        """Where the S3 API is spoken."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    def place(self, data: Path) -> str:
        """The address of the bucket and prefix."""
        del data
        return "/".join(filter(None, (self.address, self.bucket, self.prefix))) + "/"


@dataclass(frozen=True, slots=True)
class _State:
    """What the watermark object says; without one there is none of these."""

    mark: Watermark | None
    doing: frozenset[str] | None
    """Documents that may be other than their digests say, because putting them was begun and not
    finished; None: any of them."""

    def told(self) -> bytes:
        """As JSON. No two are alike, so that each publisher knows its own again."""
        doing = _EVERYTHING if self.doing is None else sorted(self.doing)
        mark = self.mark.told() if self.mark else {}
        return json.dumps({**mark, "doing": doing, "by": os.urandom(8).hex()}).encode()

    @classmethod
    def of(cls, told: bytes) -> _State:
        """What was told; where that is garbled, nothing of the bucket can be trusted."""
        found = _loaded(told) or {}
        doing = found.get("doing")
        trusted = isinstance(doing, list) and all(isinstance(path, str) for path in doing)
        paths = frozenset(cast("list[str]", doing)) if trusted else None
        return cls(Watermark.of(found), paths)


class Target(_base.Target):
    """Puts documents into one bucket, or below a prefix of it, which is Avviso's alone."""

    Options = Options
    SECRETS = ("access_key_id", "secret_access_key")
    shared = True

    def __init__(self, bucket: Bucket, lock: Path) -> None:
        """`lock` is a file of this machine that tells publishers to take turns."""
        self._bucket = bucket
        self._lock = lock

    @classmethod
    def configured(cls, options: TargetOptions, secrets: Mapping[str, str], data: Path) -> Self:
        if not isinstance(options, Options):
            raise TypeError(f"{type(options)} are no options of an object store")
        bucket = Bucket(
            options.bucket,
            options.prefix,
            options.address,
            options.region,
            **{secret: secrets.get(secret, "") for secret in cls.SECRETS},
        )
        return cls(bucket, data / "targets" / f"{options.name}.lock")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold it against other threads and processes of this machine; not reentrant.

        Where several machines put on one bucket, hold the database's lock as well.
        """
        make_folder(self._lock.parent)
        with held(self._lock):
            yield

    def watermark(self) -> Watermark | None:
        """What the bucket shows; None when it is new, or was left in the middle of a rebuild."""
        told = self._bucket.get(WATERMARK)
        if told is None:
            return None
        state = _State.of(told)
        return None if state.doing is None else state.mark

    def check(self) -> str:
        """Read the watermark and list what is there. Raises `OSError`, `ForeignBucket` too."""
        self._begun()
        found = sum(key not in _OURS for key in self._bucket.listed())
        mark = self.watermark()
        shown = f"shows event {mark.event}" if mark else "is empty, or will be rendered anew"
        return f"{shown}; {found} documents"

    def put(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """Put what changed: details at once, the home page when they are there, deletions last.

        Raises `OSError`, `ForeignBucket` and `Overtaken` among them, or `ValueError` for an
        unsafe path; the old watermark then stays, so that the same event is put again.
        """
        # Of two forms of one document the later counts.
        batch = list({document.path: document for document in documents}.values())
        told, state = self._begun()
        if state.mark and state.mark.event > watermark.event:
            raise Overtaken(f"bucket {self._bucket.name}: it shows a later event already")
        known = self._known(state) if told is not None else {}
        doing = None if known is None else state.doing
        digests = known or {}
        changed = [each for each in batch if digests.get(_checked(each)) != _digest(each)]
        if changed or told is None:
            begun = None if doing is None else doing | {each.path for each in changed}
            told = self._mark(_State(state.mark, begun))
            self._put_all(changed, digests)
            self._delete([each.path for each in changed if each.body is None], digests)
            self._note(digests)
        self._end(told, _State(watermark, None if doing is None else frozenset()))
        return len(changed)

    def replace(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """Put every document, whatever is there, and remove all that is not among these.

        Raises as `put`. It may go back to an earlier event, as after a backup was restored, but
        never to an older render.
        """
        told, state = self._begun()
        if _newer(state.mark, watermark):
            raise Overtaken(f"bucket {self._bucket.name}: it shows a later render already")
        told = self._mark(_State(state.mark, None))
        digests: dict[str, str] = {}
        self._put_all(documents, digests)
        stale = [key for key in self._bucket.listed() if key not in digests and key not in _OURS]
        put = len(digests)
        self._delete(stale, digests)
        self._note(digests)
        self._end(told, _State(watermark, frozenset()))
        return put + len(stale)

    def _begun(self) -> tuple[bytes | None, _State]:
        """The watermark object, None where all is empty, and what it says.

        Raises `ForeignBucket` where there is none and yet something else.
        """
        told = self._bucket.get(WATERMARK)
        if told is not None:
            return told, _State.of(told)
        if next(self._bucket.listed(), None) is not None:
            raise ForeignBucket(
                f"bucket {self._bucket.name}: it holds objects that Avviso did not put there; "
                "choose an empty bucket, or an empty `prefix`"
            )
        return None, _State(None, frozenset())

    def _known(self, state: _State) -> dict[str, str] | None:
        """Each document's digest, "" where it cannot be told; None where that goes for all."""
        told = self._bucket.get(DIGESTS) if state.doing is not None else None
        if told is None or state.doing is None:
            return None
        known = _loaded(told)
        if known is None:
            return None
        return {
            **{path: str(digest) for path, digest in known.items()},
            **dict.fromkeys(state.doing, ""),
        }

    def _put_all(self, documents: Iterable[Document], digests: dict[str, str]) -> None:
        """Put documents, several at a time, and note their digests.

        A home page waits for those before it, and those after it wait for the home page. So
        does a document for an earlier form of itself.
        """
        with Crew() as crew:
            before, begun = False, set[str]()
            for document in documents:
                path, body = _checked(document), document.body
                if body is not None:
                    if _is_home(path) != before or path in begun:
                        crew.wait()
                    before = _is_home(path)
                    begun.add(path)
                    crew.put(self._bucket, path, body, media_type(path), freshness(path))
                    digests[path] = _digest(document) or ""
            crew.wait()

    def _delete(self, paths: Sequence[str], digests: dict[str, str]) -> None:
        self._bucket.delete(paths)
        for path in paths:
            digests.pop(path, None)

    def _note(self, digests: Mapping[str, str]) -> None:
        self._own(DIGESTS, json.dumps(digests).encode())

    def _mark(self, state: _State) -> bytes:
        """Put the watermark object; answers its bytes."""
        told = state.told()
        self._own(WATERMARK, told)
        return told

    def _end(self, told: bytes | None, state: _State) -> None:
        """Put the watermark, if its object still is what this publisher knows of.

        Else somebody else was at work too, and what there is may be a mixture: then all of it
        is to be rendered anew. Raises `Overtaken`.
        """
        there = self._bucket.get(WATERMARK)
        if there == told:
            self._mark(state)
            return
        mark = _State.of(there).mark if there is not None else None
        self._mark(_State(mark, None))
        raise Overtaken(
            f"bucket {self._bucket.name}: another publisher put documents there meanwhile; "
            "the page will be rendered anew"
        )

    def _own(self, key: str, body: bytes) -> None:
        self._bucket.put(key, body, "application/json", "no-store")


def _loaded(told: bytes) -> dict[str, object] | None:
    """A JSON object; None where it is none."""
    try:
        found = json.loads(told)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _newer(there: Watermark | None, mark: Watermark) -> bool:
    return bool(there and there.event > mark.event and there.rendered_at > mark.rendered_at)


def _checked(document: Document) -> str:
    """The document's path. Raises `ValueError` for an unsafe one."""
    check_path(document.path)
    return document.path


def _digest(document: Document) -> str | None:
    """Changes with all that the object is made of; None for a document that must not exist."""
    if document.body is None:
        return None
    head = f"{media_type(document.path)}\n{freshness(document.path)}\n".encode()
    return hashlib.blake2b(head + document.body, digest_size=12).hexdigest()


def _is_home(path: str) -> bool:
    """Whether it is a page that leads to others: a locale's home page, or one as high up."""
    return PurePosixPath(path).name == "index.html" and path.count("/") <= 1
