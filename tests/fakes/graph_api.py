"""Facebook's Graph API for one Page, as its documentation and its users describe it.

    with FakePage() as page:
        page.faults.append(Answer(400, error(190, "Invalid OAuth access token.")))
        ...
        assert page.texts == ["..."]

A token is taken from the Authorization header only, though Facebook takes it from the address too.
Texts are given back without invisible characters: whether Facebook keeps them is not documented,
so nobody may rely on it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fakes._service import Answer, FakeService, Request

LIMIT = 63_206
_POST_FIELDS = {
    "id",
    "message",
    "created_time",
    "is_published",
    "permalink_url",
    "attachments{unshimmed_url}",
}
_ARGUMENTS = {"fields", "limit", "since", "after", "until", "before", "appsecret_proof"}


def error(
    code: int,
    message: str,
    subcode: int | None = None,
    kind: str = "OAuthException",
    **more: Any,
) -> dict[str, Any]:
    """The body of an error as the Graph API sends it."""
    told: dict[str, Any] = {"message": message, "type": kind, "code": code, **more}
    if subcode is not None:
        told["error_subcode"] = subcode
    return {"error": {**told, "fbtrace_id": "A7xQ2mFbTrace"}}


BAD_TOKEN = error(190, "Invalid OAuth access token - Cannot parse access token")
NO_TOKEN = error(104, "An access token is required to request this resource.")
EXPIRED = error(190, "Error validating access token: Session has expired.", 463)
NOT_PERMITTED = error(200, "(#200) The user hasn't authorized the application to do this")
NOT_READABLE = error(
    10,
    "(#10) This endpoint requires the 'pages_read_engagement' permission or the"
    " 'Page Public Content Access' feature.",
)
DUPLICATE = error(506, "(#506) Duplicate status message")
PAGE_LIMIT = error(
    80001,
    "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
    is_transient=True,
)
POSTING_TOO_FAST = error(
    368,
    "We limit how often you can post, comment or do other things in a given amount of time in"
    " order to help protect the community from spam. You can try again later.",
    1390008,
)
UNREADABLE_LINK = error(100, "Invalid parameter", 1609005, error_user_title="Error Posting Link")
UNAVAILABLE = error(2, "Service temporarily unavailable", is_transient=True)
NO_PROOF = error(
    100,
    "API calls from the server require an appsecret_proof argument",
    kind="GraphMethodException",
)
BAD_PROOF = error(
    100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException"
)
BAD_PHOTO = error(100, "(#100) Param attached_media[0] is not a valid photo", 2061005)
EMPTY = error(197, "(#197) The post is empty. Please enter a message to share.")


def missing(method: str, object_id: str) -> dict[str, Any]:
    """What Facebook says of a thing that is gone, or that the token may not see: the same."""
    words = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot"
        " be loaded due to missing permissions, or does not support this operation."
    )
    return error(100, words, 33, "GraphMethodException")


def usage(page_id: str, minutes: int, kind: str = "pages") -> dict[str, str]:
    """The header that says how long a limit will last."""
    entry = {
        "type": kind,
        "call_count": 100,
        "total_cputime": 25,
        "total_time": 25,
        "estimated_time_to_regain_access": minutes,
    }
    return {"X-Business-Use-Case-Usage": json.dumps({page_id: [entry]})}


@dataclass
class PagePost:
    id: str
    text: str
    at: datetime
    link: str | None = None
    """Where its card leads."""
    is_published: bool = True
    ours: bool = True
    """Whether this app made it: only then may it edit it."""
    edits: int = 0
    photo: str | None = None


class FakePage(FakeService):
    """One Page on Facebook."""

    def __init__(self, page_id: str = "100064000000001", page_size: int = 100) -> None:
        super().__init__()
        self.page_id = page_id
        self.owner = {"id": page_id, "name": "Comune di Prova"}
        """Whose token it is."""
        self.page_size = page_size
        self.knows_since = True
        """Whether `since` is honoured: for this list that is not documented."""
        self.app_secret = "5f2b7c81d0e94a36"
        self.wants_proof = False
        """Whether the app's "Require app secret" is on."""
        self.unreadable: set[str] = set()
        """Addresses that Facebook's crawler cannot read."""
        self.secrets = {"page_token": "EAABpage7Tk9QzXv2LmR"}
        self.kept: list[PagePost] = []
        self.photos: dict[str, tuple[bytes, str]] = {}
        """Photos that stand on no timeline, with their alternative text, by id."""

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.kept]

    @property
    def posts(self) -> list[Request]:
        """The requests that asked to post or to edit."""
        return [r for r in self.requests if r.method == "POST" and not r.path.endswith("/photos")]

    @property
    def mentioned(self) -> list[str]:
        """The Pages that the posts mention by the Graph API's own syntax."""
        return [page for text in self.texts for page in re.findall(r"[@＠﹫]\[(\d+)", text)]

    def put(self, text: str, at: datetime | None = None, **changes: Any) -> PagePost:
        """A post that got there by another way than this server's API."""
        number = 122_100_000_000 + len(self.requests) * 1_000 + len(self.kept)
        post = PagePost(f"{self.page_id}_{number}", text, at or self.now(), **changes)
        self.kept.append(post)
        return post

    def delete(self, post_id: str) -> None:
        self.kept = [post for post in self.kept if post.id != post_id]

    def headers(self, answer: Answer) -> Mapping[str, str]:
        del answer
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "facebook-api-version": "v26.0",
            "x-app-usage": '{"call_count":1,"total_cputime":0,"total_time":0}',
        }

    def answer(self, request: Request) -> Answer:
        """What the API does, if the request has a token and a version."""
        found = re.fullmatch(r"/v\d{1,2}\.\d/([\w/]+)", request.path)
        if found is None:
            words = f"Unknown path components: {request.path}"
            return Answer(400, error(2500, words))
        if refusal := self._refused(request):
            return Answer(400, refusal)
        return self._dispatch(request, found[1])

    def _refused(self, request: Request) -> dict[str, Any] | None:
        header = request.headers.get("authorization", "")
        if not header:
            return NO_TOKEN
        if header not in (f"{kind} {self.secrets['page_token']}" for kind in ("Bearer", "OAuth")):
            return BAD_TOKEN
        proof = {**request.query, **request.body}.get("appsecret_proof")
        if proof is None:
            return NO_PROOF if self.wants_proof else None
        if not hmac.compare_digest(proof, self._proof()):
            return BAD_PROOF
        return None

    def _proof(self) -> str:
        key, token = self.app_secret.encode(), self.secrets["page_token"].encode()
        return hmac.new(key, token, hashlib.sha256).hexdigest()

    def _dispatch(self, request: Request, path: str) -> Answer:
        if path == "me":
            return Answer(200, _picked(self.owner, request.query.get("fields", "id,name")))
        if (request.method, path) == ("POST", f"{self.page_id}/feed"):
            return self._create(request.body)
        if (request.method, path) == ("POST", f"{self.page_id}/photos"):
            return self._upload(request.body)
        if (request.method, path) == ("GET", f"{self.page_id}/published_posts"):
            return self._list(request.query)
        for post in self.kept:
            if post.id == path and request.method == "POST":
                return self._edit(post, request.body)
            if post.id == path:
                return self._read(post, request.query)
        return Answer(400, missing(request.method, path.partition("/")[0]))

    def _upload(self, body: Mapping[str, Any]) -> Answer:
        source = body.get("source")
        if not isinstance(source, bytes) or not source.startswith(b"\x89PNG"):
            return Answer(400, error(324, "(#324) Missing or invalid image file"))
        if body.get("published") != "false":
            return Answer(400, error(100, "this would be a post of its own"))
        photo = str(122_200_000_000 + len(self.photos))
        self.photos[photo] = (source, str(body.get("alt_text_custom", "")))
        return Answer(200, {"id": photo})

    def _create(self, body: Mapping[str, Any]) -> Answer:
        text, link = str(body.get("message", "")), body.get("link")
        attached = json.loads(body.get("attached_media[0]", "{}")).get("media_fbid")
        if attached and (attached not in self.photos or link):
            return Answer(400, BAD_PHOTO)
        refusal = self._refusal(text, link)
        if refusal:
            return Answer(400, refusal)
        return Answer(200, {"id": self.put(text, link=link, photo=attached).id})

    def _refusal(self, text: str, link: str | None) -> dict[str, Any] | None:
        if not text.strip() and not link:
            return EMPTY
        if len(text.encode("utf-16-le")) // 2 > LIMIT:
            return error(100, "(#100) Param message is too long")
        if link and urlsplit(link).scheme not in ("http", "https"):
            return error(1500, "(#1500) The url you supplied is invalid")
        if link in self.unreadable:
            return UNREADABLE_LINK
        if self.kept and (self.kept[-1].text, self.kept[-1].link) == (text, link):
            return DUPLICATE
        return None

    def _edit(self, post: PagePost, body: Mapping[str, Any]) -> Answer:
        text = str(body.get("message", ""))
        if not post.ours:
            words = "(#10) Application does not have permission for this action"
            return Answer(403, error(10, words))
        if len(text.encode("utf-16-le")) // 2 > LIMIT:
            return Answer(400, error(100, "(#100) Param message is too long"))
        post.text = text
        post.edits += 1
        return Answer(200, {"success": True})

    def _read(self, post: PagePost, query: Mapping[str, str]) -> Answer:
        return _checked(query) or Answer(200, self._shown(post, query))

    def _list(self, query: Mapping[str, str]) -> Answer:
        if refusal := _checked(query):
            return refusal
        if int(query.get("limit", "25")) > 100:
            return Answer(400, error(100, "(#100) The limit parameter must not exceed 100"))
        since = datetime.fromtimestamp(int(query.get("since", "0")), UTC)
        known = [post for post in reversed(self.kept) if post.is_published]
        if self.knows_since:
            known = [post for post in known if post.at >= since]
        first = int(query.get("after", "c0").removeprefix("c"))
        last = first + min(self.page_size, int(query.get("limit", "25")))
        page: dict[str, Any] = {"data": [self._shown(post, query) for post in known[first:last]]}
        if page["data"]:
            page["paging"] = {"cursors": {"before": f"c{first}", "after": f"c{last}"}}
        if last < len(known):
            # As the real one does: the whole token stands in this address.
            again = {**query, "after": f"c{last}", "access_token": self.secrets["page_token"]}
            page["paging"]["next"] = f"{self.url}/next?{urlencode(again)}"
        return Answer(200, page)

    def _shown(self, post: PagePost, query: Mapping[str, str]) -> dict[str, Any]:
        known = {
            "id": post.id,
            "message": re.sub("[\u200b\u200d]", "", post.text),
            "created_time": f"{post.at:%Y-%m-%dT%H:%M:%S}+0000",
            "is_published": post.is_published,
            "permalink_url": f"https://www.facebook.com/{post.id}",
        }
        if post.photo:
            shown = f"https://www.facebook.com/photo.php?fbid={post.photo}"
            known["attachments{unshimmed_url}"] = {"data": [{"unshimmed_url": shown}]}
        if post.link:
            known["attachments{unshimmed_url}"] = {"data": [{"unshimmed_url": post.link}]}
        return _picked(known, query.get("fields", "created_time,message,id"))


def _checked(query: Mapping[str, str]) -> Answer | None:
    for field in query.get("fields", "id").split(","):
        if field not in _POST_FIELDS:
            words = f"(#100) Tried accessing nonexisting field ({field}) on node type (Post)"
            return Answer(400, error(100, words))
    unknown = set(query) - _ARGUMENTS
    return Answer(400, error(100, f"(#100) Unknown arguments: {unknown}")) if unknown else None


def _picked(known: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """The fields that were asked for, and the id, which comes unasked."""
    asked = {"id", *fields.split(",")}
    return {name.partition("{")[0]: value for name, value in known.items() if name in asked}
