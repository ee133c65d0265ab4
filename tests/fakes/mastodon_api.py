"""A Mastodon instance as its documentation and its source describe it, with faults on demand.

    with FakeMastodon() as instance:
        instance.faults.append(Answer(429, RATE_LIMITED))
        ...
        assert instance.texts == ["..."]

It counts, mentions and tags by rules of its own, so that a mistake of the channel shows:
app/validators/status_length_validator.rb, app/models/account.rb and concerns/tag/naming.rb there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from tests.fakes._service import Answer, FakeService, Request

INVALID_TOKEN = {"error": "The access token is invalid"}
OUT_OF_SCOPE = {"error": "This action is outside the authorized scopes"}
NOT_ALLOWED = {"error": "This action is not allowed"}
DISABLED = {"error": "Your login is currently disabled"}
NO_USER = {"error": "This method requires an authenticated user"}
CLOSED = {"error": "This API requires an authenticated user"}
NOT_FOUND = {"error": "Record not found"}
PARENT_GONE = {"error": "The post you are trying to reply to does not appear to exist."}
RATE_LIMITED = {"error": "Too many requests"}
BLANK = {"error": "Validation failed: Text can't be blank"}
BUSY = {"error": "There was a temporary problem serving your request, please try again"}

NO_FILE = {"error": "Validation failed: File can't be blank"}
NO_MEDIA = {"error": "Validation failed: Media not found"}
NOT_PROCESSED = {
    "error": "Cannot attach files that have not finished processing. Try again in a moment!"
}

_KEYS_LAST = timedelta(hours=1)
_LARGEST_PAGE = 40

# Letters are those of Unicode, as in Ruby; "(" is where a link to a page about a word ends.
# A real instance knows every top-level domain by name, this one only a few that are none.
_URL = regex.compile(
    r"(?<![A-Za-z0-9@＠$#＃])(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://"
    r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?!invalid|internal|local)[a-z]{2,}(?![0-9a-z@])(?::[0-9]+)?"
    r"(?:/(?:[^\s<>()?]*[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@]|[^\s<>()?]+/)?)?"
    r"(?:\?[a-z0-9!?*'();:&=+$/%#\[\]_.,~|@-]*[a-z0-9_&=#/])?",
    regex.IGNORECASE,
)
# Both as of today and as of 2023, whichever finds more.
_MENTION = regex.compile(
    r"(?<![/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*(?:@\w+(?:[.-]+\w+)*)?)", regex.IGNORECASE
)
_HASH = regex.compile(r"(?:^|[^/)\w])[#＃](\w(?:[\w·・\u200c]*\w)?)", regex.MULTILINE)


def counted(text: str, per_link: int = 23) -> int:
    """How many characters Mastodon says that a text has."""
    return len(regex.findall(r"\X", _URL.sub("x" * per_link, text)))


def mentioned(text: str) -> list[str]:
    """Whom Mastodon would tell of a text."""
    return [match[1] for match in _MENTION.finditer(text)]


def tagged(text: str) -> list[str]:
    """Under which tags Mastodon would list a text."""
    return [match[1] for match in _HASH.finditer(text) if _is_tag(match[1])]


def _is_tag(name: str) -> bool:
    return bool(regex.search(r"\p{Alphabetic}", name)) or any(c in "_·・\u200c" for c in name[1:-1])


def rendered(text: str) -> str:
    """A text as Mastodon's web pages and its API show it."""
    paragraphs = re.split(r"\n\n+", text)
    return "".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs)


def _linked(text: str) -> str:
    shown, done = "", 0
    for match in _URL.finditer(text):
        shown += _escaped(text[done : match.start()]) + _link(match[0])
        done = match.end()
    return shown + _escaped(text[done:])


def _link(url: str) -> str:
    """A link that is cut for the eye only: its ends are there, and hidden."""
    scheme = re.match(r"https?://(?:www\.)?", url)
    start = scheme.end() if scheme else 0
    parts = (url[:start], url[start : start + 30], url[start + 30 :])
    first, shown, last = (html.escape(part) for part in parts)
    style = "ellipsis" if last else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{first}</span><span class="{style}">{shown}</span>'
        f'<span class="invisible">{last}</span></a>'
    )


def _escaped(text: str) -> str:
    tags = regex.sub(
        r"(^|[^/)\w&])#(\w+)",
        r'\1<a href="https://social.example.it/tags/\2" class="mention hashtag" rel="tag">'
        r"#<span>\2</span></a>",
        html.escape(text, quote=False).replace("'", "&#39;"),
    )
    return str(tags).replace("\n", "<br />")


@dataclass
class Status:
    """What the instance holds of a post."""

    id: str
    text: str
    at: datetime
    in_reply_to_id: str | None = None
    visibility: str = "public"
    language: str | None = None
    edits: list[str] = field(default_factory=list)
    """The texts that it had before."""
    content: str | None = None
    """Its HTML, where it is another server's."""
    media: list[str] = field(default_factory=list)
    """The ids of its pictures."""


class FakeMastodon(FakeService):
    """One account on one instance."""

    def __init__(self, handle: str = "comune") -> None:
        super().__init__()
        self.handle = handle
        self.account_id = "109348"
        self.secrets = {"access_token": "tok-8Zk1aQx7"}
        self.page_size = _LARGEST_PAGE
        self.max_characters = 500
        self.per_link = 23
        self.keeps_keys = True
        """Whether it knows an idempotency key again, as some servers do not."""
        self.answers_anyone = True
        """Whether readers need not sign in."""
        self.versions: tuple[str, ...] = ("v2", "v1")
        """In which versions it describes itself."""
        self.knows_edits = True
        self.statuses: list[Status] = []
        self.notified: list[str] = []
        self.tags: list[str] = []
        self.media: dict[str, tuple[bytes, str]] = {}
        """Pictures that were uploaded, with what describes them, by id."""
        self.processing = False
        """Whether pictures are still being processed when a post asks for them."""
        self._keys: dict[str, tuple[str, datetime]] = {}
        self._made = 0

    @property
    def texts(self) -> list[str]:
        return [status.text for status in self.statuses]

    def asked(self, method: str, path: str = "") -> list[Request]:
        """The requests of a method, to addresses that begin so."""
        return [r for r in self.requests if r.method == method and r.path.startswith(path)]

    def put(self, text: str, at: datetime | None = None, **fields: Any) -> Status:
        """A post that got there by another way than this server's API."""
        self._made += 1
        made = Status(str(113_500_000_000_000_000 + self._made), text, at or self.now(), **fields)
        self.statuses.append(made)
        return made

    def delete(self, status_id: str) -> None:
        self.statuses = [status for status in self.statuses if status.id != status_id]

    def headers(self, answer: Answer) -> Mapping[str, str]:
        reset = self.now() + timedelta(minutes=5)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "299",
            "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%M:%S.%f}Z",
        }

    def answer(self, request: Request) -> Answer:
        """What the API does."""
        if found := re.fullmatch(r"/api/(v[12])/instance", request.path):
            return self._instance(found[1])
        token = request.headers.get("authorization", "")
        if token != f"Bearer {self.secrets['access_token']}" and (token or not self.answers_anyone):
            return Answer(401, INVALID_TOKEN if token else CLOSED)
        found = re.fullmatch(r"/api/v1/statuses/(\w+)", request.path)
        if found and request.method == "GET":
            return self._show(found[1])
        if not token:
            return Answer(401, INVALID_TOKEN)
        if found and request.method == "PUT" and self.knows_edits:
            return self._update(found[1], request.body)
        if found and request.method == "DELETE":
            return self._delete(found[1])
        return self._as_the_account(request)

    def _as_the_account(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", "/api/v1/statuses"):
            return self._create(request)
        if (request.method, request.path) == ("POST", "/api/v2/media"):
            return self._upload(request.body)
        if request.path == "/api/v1/accounts/verify_credentials":
            return Answer(200, self._account())
        if request.path == f"/api/v1/accounts/{self.account_id}/statuses":
            return self._timeline(request)
        return Answer(404, NOT_FOUND)

    def _instance(self, version: str) -> Answer:
        if version not in self.versions:
            return Answer(404, NOT_FOUND)
        statuses = {
            "max_characters": self.max_characters,
            "max_media_attachments": 4,
            "characters_reserved_per_url": self.per_link,
        }
        named = {"domain": "social.example.it"} if version == "v2" else {"uri": "social.example.it"}
        deprecated = {"Deprecation": "@1668384000"} if version == "v1" else {}
        body = {**named, "version": "4.5.0", "configuration": {"statuses": statuses}}
        return Answer(200, body, deprecated)

    def _upload(self, body: Mapping[str, Any]) -> Answer:
        file = body.get("file")
        if not isinstance(file, bytes) or not file.startswith(b"\x89PNG"):
            return Answer(422, NO_FILE)
        media_id = str(22_348_641 + len(self.media))
        self.media[media_id] = (file, str(body.get("description", "")))
        told = {"id": media_id, "type": "image", "description": body.get("description")}
        return Answer(202 if self.processing else 200, {**told, "url": None})

    def _create(self, request: Request) -> Answer:
        body = request.body
        parent = body.get("in_reply_to_id")
        if parent and self._find(parent) is None:
            return Answer(404, PARENT_GONE)
        key = request.headers.get("idempotency-key", "")
        known, at = self._keys.get(key, ("", self.now()))
        if known and self.keeps_keys and self.now() - at < _KEYS_LAST:
            return self._show(known)
        text = str(body.get("status", "")).strip()
        if refusal := self._refusal(text, str(body.get("visibility", "public"))):
            return Answer(422, refusal)
        media = [value for name, value in body.items() if name.startswith("media_ids")]
        if media and self.processing:
            return Answer(422, NOT_PROCESSED)
        if not set(media) <= self.media.keys():
            return Answer(422, NO_MEDIA)
        made = self.put(
            text,
            media=media,
            in_reply_to_id=parent,
            visibility=body.get("visibility", "public"),
            language=body.get("language"),
        )
        self._keys[key] = (made.id, made.at)
        self._tell(text)
        return Answer(200, self._object(made))

    def _update(self, status_id: str, body: Mapping[str, Any]) -> Answer:
        status = self._find(status_id)
        if status is None:
            return Answer(404, NOT_FOUND)
        text = str(body.get("status", "")).strip()
        if refusal := self._refusal(text, status.visibility):
            return Answer(422, refusal)
        if text != status.text:
            status.edits.append(status.text)
            status.text = text
            self._tell(text)
        # As the real one: an edit that names no pictures takes them off.
        status.media = [value for name, value in body.items() if name.startswith("media_ids")]
        return Answer(200, self._object(status))

    def _refusal(self, text: str, visibility: str) -> Mapping[str, str] | None:
        if not text:
            return BLANK
        if counted(text, self.per_link) > self.max_characters:
            limit = f"Text character limit of {self.max_characters} exceeded"
            return {"error": f"Validation failed: {limit}"}
        if visibility not in ("public", "unlisted", "private", "direct"):
            return {"error": "Validation failed: Visibility is not included in the list"}
        return None

    def _tell(self, text: str) -> None:
        self.notified += mentioned(text)
        self.tags += tagged(text)

    def _delete(self, status_id: str) -> Answer:
        status = self._find(status_id)
        if status is None:
            return Answer(404, NOT_FOUND)
        self.delete(status_id)
        return Answer(200, {**self._object(status), "text": status.text})

    def _show(self, status_id: str) -> Answer:
        status = self._find(status_id)
        return Answer(200, self._object(status)) if status else Answer(404, NOT_FOUND)

    def _timeline(self, request: Request) -> Answer:
        last = request.query.get("max_id", "9" * 20)
        size = min(self.page_size, int(request.query.get("limit", "20")))
        older = [status for status in reversed(self.statuses) if int(status.id) < int(last)]
        page = older[:size]
        link = {}
        if len(older) > size:
            link["Link"] = f'<{self.url}{request.path}?max_id={page[-1].id}>; rel="next"'
        return Answer(200, [self._object(status) for status in page], link)

    def _find(self, status_id: str) -> Status | None:
        return next((status for status in self.statuses if status.id == status_id), None)

    def _account(self) -> dict[str, Any]:
        return {
            "id": self.account_id,
            "username": self.handle,
            "acct": self.handle,
            "bot": True,
            "url": f"https://social.example.it/@{self.handle}",
        }

    def _object(self, status: Status) -> dict[str, Any]:
        at = status.at.astimezone(UTC)
        return {
            "id": status.id,
            "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            "edited_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z" if status.edits else None,
            "in_reply_to_id": status.in_reply_to_id,
            "in_reply_to_account_id": self.account_id if status.in_reply_to_id else None,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"https://social.example.it/users/{self.handle}/statuses/{status.id}",
            "url": f"https://social.example.it/@{self.handle}/{status.id}",
            "content": status.content or rendered(status.text),
            "reblog": None,
            "spoiler_text": "",
            "account": self._account(),
            "mentions": [],
            "tags": [],
        }
