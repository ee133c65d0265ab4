"""Mastodon, and servers that speak its API, through Mastodon.py with an access token.

A correction or retraction edits its post in place. Where a server forgets an idempotency key, the
account's own statuses are read back before anything is sent again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import field_validator

from incidents.status import Certainty
from publishers.channels import _mastodon_api as api
from publishers.channels._address import is_server
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    PictureOptions,
    Post,
    Publisher,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._composing import compose, edit_target, picture_notes, reply_target
from publishers.channels._http import NETWORK_ERRORS, never_sent
from publishers.channels._mastodon_limits import KnownLimits, Limits, limits_in
from publishers.channels._mastodon_match import is_same, replied_to
from publishers.channels._mastodon_text import counted_length, harmless
from publishers.channels._picture import NoPicture

_CLOCK_MARGIN = timedelta(minutes=15)
_PAGE_SIZE = 40
_MOST_PAGES = 5
_GONE = (404, 410)
# Not every server says "404" of a status to reply to; if it is the text, it will say so again.
_REPLY_REFUSED = (400, 403, 404, 410, 422)
_NO_EDIT = (404, 405, 410)
_UNPROCESSABLE = 422


class MastodonOptions(PictureOptions):
    """Beside the common options, those of Mastodon."""

    base_url: str
    """The instance's address."""
    visibility: Literal["public", "unlisted"] = "public"
    """Unlisted posts are public too, but not on the instance's timelines."""

    @field_validator("base_url")
    @classmethod
    def _is_instance(cls, value: str) -> str:
        if not is_server(value):
            raise ValueError("base_url must be an address such as https://mastodon.example")
        return value.rstrip("/")


class Channel(Publisher):
    """Posts to one account on one instance."""

    Options = MastodonOptions
    options: MastodonOptions
    NETWORK = "Mastodon"
    certainty = Certainty.KEYED
    SECRETS = ("access_token",)

    def __init__(self, options: MastodonOptions, secrets: Mapping[str, str], data: Path) -> None:
        super().__init__(options, secrets, data)
        path = data / "limits" / f"{quote(options.name, safe='')}.json"
        self._limits = KnownLimits(path, options.base_url)

    def compose(self, message: Message) -> Post:
        """The short text with the link, by the instance's limits as they were learned last."""
        limits = self._limits.read()
        post = compose(
            message,
            self.options,
            limit=limits.characters,
            measure=lambda text: counted_length(text, limits.per_link),
            tidy=harmless,
        )
        if edit_target(message) is None:
            return replace(post, notes=tuple(picture_notes(message, self.options)))
        notes = ["Mastodon edits the post in place, and shows readers that and how it was edited."]
        if self.options.picture:
            notes.append("The post loses its picture, which may say what was wrong.")
        return replace(post, replies=False, edits=True, notes=tuple(notes))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, as a reply within a thread, or edit the post that it speaks of.

        What cannot be replied to or edited any more is said in a post of its own.
        """
        if post.length > post.limit:
            why = f"the post counts {post.length} characters, the instance takes {post.limit}"
            raise Rejected(why)
        self._check_limits(post)
        target = edit_target(message)
        if target is None:
            return self._post(message, post, reply_target(message, self.options))
        edited = self._edit(target, post)
        return edited or replace(self._post(message, post, None), standalone=True)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Look for the text in the post that it edits, then among the account's own statuses.

        Those are read from a little before `message.at` on. Of two that say the same, the one
        that replies to the right post is taken; those known to be other posts are left out.
        """
        target = edit_target(message)
        edited = self._status(target) if target else None
        if edited is not None and is_same(edited, post):
            return _receipt(edited)
        parent = reply_target(message, self.options)
        others = {r.remote_id for r in (message.parent, message.root, message.target) if r}
        found = [s for s in self._own_statuses(message.at) if is_same(s, post)]
        found = [s for s in found if str(s.get("id")) not in others]
        if not found:
            return None
        best = next((s for s in found if parent and replied_to(s) == parent.remote_id), found[0])
        return _receipt(best, parent, standalone=target is not None)

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether the instance shows the post to somebody who is not signed in.

        An instance that tells anonymous readers nothing by its API is asked with our token.
        """
        answer = api.read(self._anonymous.status, receipt.remote_id)
        if answer.status in (401, 403):
            answer = api.read(self._client.status, receipt.remote_id)
        if answer.status in _GONE:
            return False
        if str(api.content(answer).get("id")) != receipt.remote_id:
            raise TryLater(api.NONSENSE)
        return True

    def check(self) -> str:
        """Ask who we are, and the instance for its limits; answers "@user@instance"."""
        name = self._who()["username"]
        instance = self._learn()
        named = str(instance.get("domain") or instance.get("uri") or self.options.base_url)
        return f"@{name}@{named.rpartition('//')[2].rstrip('/')}"

    def close(self) -> None:
        for name in ("_client", "_anonymous"):
            if name in self.__dict__:
                self.__dict__[name].session.close()

    @cached_property
    def _client(self) -> Any:
        token = self.secrets.get("access_token", "")
        if not token:
            raise ChannelBroken("this secret is not set: access_token")
        if not re.fullmatch(r"[!-~]+", token):
            raise ChannelBroken("the access_token holds a character that no token has")
        return api.connect(self.options.base_url, token)

    @cached_property
    def _anonymous(self) -> Any:
        return api.connect(self.options.base_url)

    def _check_limits(self, post: Post) -> None:
        """Learn the limits where they are not known, or old. A failure to learn stops no post."""
        if self._limits.are_fresh(datetime.now(UTC)):
            return
        try:
            self._learn()
        except (TryLater, ChannelBroken):
            return  # what was known before, or the defaults, still holds
        limits = self._limits.read()
        if counted_length(post.text, limits.per_link) > limits.characters:
            raise TryLater("the instance's limits changed: the post has to be composed again")

    def _learn(self) -> Mapping[str, Any]:
        """Ask the instance about itself, and keep its limits, or the defaults for a day.

        Answers its description, empty where it has none.
        """
        instance: Mapping[str, Any] = {}
        for call in (self._client.instance_v2, self._client.instance_v1):
            answer = api.read(call)
            instance = {} if answer.status in _GONE else api.content(answer)
            if limits_in(instance):
                break
        try:
            self._limits.write(limits_in(instance) or Limits(), datetime.now(UTC))
        except OSError as problem:
            raise TryLater(f"the limits cannot be kept: {problem.strerror}") from problem
        return instance

    def _post(self, message: Message, post: Post, parent: Receipt | None) -> Receipt:
        media, why = self._upload(post)
        answer = self._send(message, post, parent, media)
        if media and answer.status == _UNPROCESSABLE:
            # The picture may be why; if it is the text, it will say so again.
            media, why = None, answer.summary
            answer = self._send(message, post, parent, media)
        if parent is not None and answer.status in _REPLY_REFUSED:
            answer = self._send(message, post, None, media)
        if answer.accepted:
            return replace(self._taken(answer, parent), without_picture=why)
        if error := api.account_error(answer):
            raise error
        raise Rejected(answer.summary) if answer.refused else MaybeSent(answer.summary)

    def _upload(self, post: Post) -> tuple[str | None, str]:
        """(the id of the post's picture, why there is none)"""
        if post.picture is None:
            return None, ""
        # Pillow is imported only where a picture is wanted.
        from publishers.channels._picture_drawing import draw

        png = draw(post.picture)
        try:
            return api.upload(self._client, self.options.base_url, png, post.picture.alt), ""
        except NoPicture as problem:
            return None, str(problem)

    def _send(
        self, message: Message, post: Post, parent: Receipt | None, media: str | None
    ) -> api.Answer:
        """One POST. Raises `TryLater` when it never left, `MaybeSent` when no answer came."""
        try:
            return api.ask(
                self._client.status_post,
                post.text,
                in_reply_to_id=parent.remote_id if parent else None,
                media_ids=[media] if media else None,
                visibility=self.options.visibility,
                language=message.locale,
                content_type="text/plain",
                idempotency_key=_idempotency_key(message),
            )
        except NETWORK_ERRORS as problem:
            if never_sent(problem):
                raise api.unreachable(problem) from None
            raise MaybeSent(f"no answer from the instance ({type(problem).__name__})") from None

    def _taken(self, answer: api.Answer, parent: Receipt | None) -> Receipt:
        try:
            return _receipt(answer.object, parent)
        except TryLater as problem:
            raise MaybeSent(f"the post was taken, but {problem}") from None

    def _edit(self, target: Receipt, post: Post) -> Receipt | None:
        """Give a post its new text; None where it is gone, or the server knows no edits."""
        answer = api.read(self._client.status_update, target.remote_id, post.text)
        if answer.status in _NO_EDIT:
            return None
        if answer.refused and api.account_error(answer) is None:
            raise Rejected(answer.summary)
        return _receipt(api.content(answer))

    def _status(self, receipt: Receipt) -> Mapping[str, Any] | None:
        answer = api.read(self._client.status, receipt.remote_id)
        return None if answer.status in _GONE else api.content(answer)

    def _own_statuses(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """The account's own statuses, newest first, at most `_MOST_PAGES` pages."""
        last = None
        for _ in range(_MOST_PAGES):
            answer = api.read(
                self._client.account_statuses,
                self._account_id,
                exclude_reblogs=True,
                limit=_PAGE_SIZE,
                max_id=last,
            )
            page = api.objects(answer)
            # `since` is by our clock, theirs are by the instance's: whichever is earlier counts.
            first = min(since, since + (answer.at - datetime.now(UTC))) - _CLOCK_MARGIN
            recent = [status for status in page if _is_since(status, first)]
            yield from recent
            if len(recent) < len(page) or not page:
                return
            last = str(page[-1].get("id"))

    @cached_property
    def _account_id(self) -> str:
        return str(self._who()["id"])

    def _who(self) -> Mapping[str, Any]:
        account = api.content(api.read(self._client.account_verify_credentials))
        if not account.get("id") or not account.get("username"):
            raise TryLater(api.NONSENSE)
        return account


def _idempotency_key(message: Message) -> str:
    """Stable over every attempt, and not the same again for an account that two databases use."""
    return hashlib.sha256(f"{message.key} {message.at.isoformat()}".encode()).hexdigest()


def _is_since(status: Mapping[str, Any], first: datetime) -> bool:
    at = api.instant(status.get("created_at"))
    return at is not None and at >= first


def _receipt(
    status: Mapping[str, Any], parent: Receipt | None = None, *, standalone: bool = False
) -> Receipt:
    """What the JSON object of a status tells. Raises `TryLater` when it has no sound id."""
    identity, url = str(status.get("id") or ""), str(status.get("url") or "")
    if not re.fullmatch(r"[0-9A-Za-z_-]+", identity):
        raise TryLater(api.NONSENSE)
    alone = parent is not None and replied_to(status) != parent.remote_id
    shown = url if url.startswith(("https://", "http://")) else None
    return Receipt(identity, shown, standalone or alone)
