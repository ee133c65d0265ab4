"""Bluesky by the AT Protocol, through its SDK, with an app password.

Every attempt of a delivery writes the same record under the same key, so that it can be sent
again at any time and is there once. A post is never edited: readers would not see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from atproto import models  # type: ignore[import-untyped]
from pydantic import AfterValidator, Field

from incidents.status import Certainty, PublicationKind
from publishers.channels import _bluesky_api as api
from publishers.channels import _bluesky_record as records
from publishers.channels._base import (
    Card,
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
from publishers.channels._bluesky_text import LIMIT, length
from publishers.channels._composing import compose, picture_notes, reply_target
from publishers.channels._text import clean

_T = TypeVar("_T")
_Found = tuple[records.Reference, dict[str, Any]]
_LONGEST_TITLE = 300
_LONGEST_DESCRIPTION = 1000
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]){_LABEL}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _server(value: str) -> str:
    parts = urlsplit(value)
    known = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
    extra = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", value)
    if not known or not parts.hostname or extra:
        raise ValueError("must be an address such as https://bsky.social")
    return value.rstrip("/")


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _handle(value: str) -> str:
    if not _HANDLE.fullmatch(value):
        raise ValueError("must be a handle such as comune.bsky.social, without @")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("must be language tags such as it or de-AT")
    return value


class BlueskyOptions(PictureOptions):
    """Beside the common options, those of Bluesky."""

    handle: Annotated[str, AfterValidator(_handle)]
    """The account, such as comune.bsky.social."""
    base_url: Annotated[str, AfterValidator(_server)] = "https://bsky.social"
    """The account's PDS; all requests to post go there and nowhere else."""
    appview_url: Annotated[str, AfterValidator(lambda url: url and _server(url))] = (
        "https://public.api.bsky.app"
    )
    """Who is asked, without logging in, whether readers see a post; "" asks the PDS instead."""
    languages: Annotated[
        tuple[Annotated[str, AfterValidator(_language)], ...], Field(max_length=3)
    ] = ()
    """What the posts say that they are written in; none means the channel's locale."""


class Channel(Publisher):
    """Posts to one account on Bluesky, or on another PDS."""

    Options = BlueskyOptions
    options: BlueskyOptions
    NETWORK = "Bluesky"
    certainty = Certainty.KEYED
    SECRETS = ("password",)

    def __init__(self, options: BlueskyOptions, secrets: Mapping[str, str], data: Path) -> None:
        super().__init__(options, secrets, data)

    def compose(self, message: Message) -> Post:
        """The short text; the link is a card below it, and so takes no room.

        A post has a card or a picture: with a picture the link stands in the text. What does not
        fit so has the card.
        """
        notes = [*self._notes(message), *picture_notes(message, self.options)]
        post = compose(message, self.options, limit=LIMIT, measure=length, link=False)
        if message.picture is not None:
            pictured = compose(message, self.options, limit=LIMIT, measure=length)
            if pictured.text.startswith(post.text):
                return replace(pictured, notes=tuple(notes))
            notes.append("No picture goes along: text and link together would not fit.")
        card = self._card(message) if self.options.link else None
        if card:
            notes.append("Bluesky shows the link as a card below the text.")
        return replace(post, picture=None, card=card, notes=tuple(notes))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Write the record, as a reply within a thread; on its own where the parent is gone."""
        if post.length > post.limit:
            raise Rejected(f"the post counts {post.length} characters, Bluesky takes {post.limit}")
        target = reply_target(message, self.options)
        place = self._place_below(target) if target else None
        blob, why = self._upload(post)
        try:
            written, why = self._written(message, post, place, blob, why)
        except api.Refused as refused:
            answer = refused.answer
        else:
            alone = target is not None and place is None
            return replace(records.receipt(written, standalone=alone), without_picture=why)
        return self._settle(answer, message, post)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """The post under the delivery's key, if it says the same."""
        found = self._own(message)
        return self._receipt(found, message) if found and found.text == post.text else None

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether the AppView, from which readers' apps read, shows the post to anybody."""
        if not self.options.appview_url:
            return self._look(receipt.remote_id) is not None
        params = models.AppBskyFeedGetPosts.Params(uris=[receipt.remote_id])
        try:
            answer = api.heard(self._appview.app.bsky.feed.get_posts, params)
        except api.Unanswered as problem:
            error = TryLater(f"the AppView cannot be read ({problem})")
        except api.Refused as refused:
            # It says nothing against the account, which it does not know.
            error = TryLater(f"AppView: {refused.answer.summary}", refused.answer.retry_after)
        else:
            return any(post.uri == receipt.remote_id for post in answer.posts)
        raise error

    def check(self) -> str:
        """Log in, or ask whether the session holds; answers "@handle"."""
        session = self._read(self._account.client.com.atproto.server.get_session)
        if session.active is False:
            raise ChannelBroken(f"Bluesky says that the account is {session.status or 'inactive'}")
        return f"@{session.handle}"

    def close(self) -> None:
        if "_account" in self.__dict__:
            self._account.client.request.close()
        if "_appview" in self.__dict__:
            self._appview.request.close()

    @cached_property
    def _account(self) -> api.Account:
        password = self.secrets.get("password")
        if not password:
            raise ChannelBroken("this secret is not set: password")
        return api.Account(self.options.base_url, self.options.handle, password)

    @cached_property
    def _appview(self) -> Any:
        return api.connect(self.options.appview_url)

    def _upload(self, post: Post) -> tuple[records.Blob | None, str]:
        """(the post's picture as its record names it, why there is none)"""
        if post.picture is None:
            return None, ""
        # Pillow is imported only where a picture is wanted.
        from publishers.channels._picture_drawing import draw

        try:
            answer = self._account.ask(
                self._account.client.com.atproto.repo.upload_blob, draw(post.picture)
            )
        except api.Unanswered as problem:
            return None, f"no sound answer from Bluesky ({problem})"
        except api.Refused as refused:
            return None, refused.answer.summary
        return api.as_json(answer.blob), ""

    def _written(
        self,
        message: Message,
        post: Post,
        place: records.Place | None,
        blob: records.Blob | None,
        why: str,
    ) -> tuple[records.Reference, str]:
        """The record, and why it has no picture: once more without, where that may be at fault."""
        try:
            return self._write(message, post, place, blob), why
        except api.Refused as refused:
            if blob is None or not refused.answer.may_be_about_content:
                raise
            why = refused.answer.summary
        return self._write(message, post, place, None), why

    def _write(
        self,
        message: Message,
        post: Post,
        place: records.Place | None,
        blob: records.Blob | None,
    ) -> records.Reference:
        """One request to write. Raises `Refused`, `MaybeSent`, or `TryLater` when none left."""
        languages = self.options.languages or (message.locale.replace("_", "-"),)
        record = records.record(post, message.at, languages, self.options.hashtags, place, blob)
        data = api.NewRecord(
            repo=self._account.did(),
            collection=records.COLLECTION,
            rkey=records.record_key(message.key, message.at),
            record=record,
        )
        try:
            answer = self._account.ask(self._account.client.com.atproto.repo.put_record, data)
        except api.Unanswered as problem:
            error = _lost(problem)
        else:
            if written := records.reference({"uri": answer.uri, "cid": answer.cid}):
                return written
            error = MaybeSent("Bluesky took the post, but its answer makes no sense")
        raise error

    def _settle(self, answer: api.Answer, message: Message, post: Post) -> Receipt:
        """What a refusal to write means: the post is there already, or one of the four errors."""
        if answer.is_other_record:
            return self._find_other(message, post)
        if error := answer.account_error:
            raise error
        if answer.status < 400 or answer.status == 408 or answer.status >= 500:
            raise MaybeSent(answer.summary)
        raise Rejected(answer.summary)

    def _find_other(self, message: Message, post: Post) -> Receipt:
        """The same words that an earlier attempt wrote, though as another reply, or as none."""
        try:
            found = self._own(message)
        except (TryLater, ChannelBroken) as problem:
            raise MaybeSent(f"Bluesky has a post of this key; looking failed: {problem}") from None
        if found is None:
            raise MaybeSent("Bluesky says that it has a post of this key, but it is not there")
        if found.text != post.text:
            raise Rejected("another post of the account is kept under this post's key")
        return self._receipt(found, message)

    def _receipt(self, found: records.Found, message: Message) -> Receipt:
        target = reply_target(message, self.options)
        alone = target is not None and "reply" not in found.value
        return records.receipt(found.reference, standalone=alone)

    def _own(self, message: Message) -> records.Found | None:
        key = records.record_key(message.key, message.at)
        return self._look(f"at://{self._account.did()}/{records.COLLECTION}/{key}")

    def _place_below(self, target: Receipt) -> records.Place | None:
        """Where a reply to this post stands; None where the post is gone: a PDS takes replies to
        posts that are not there, and readers never see them."""
        found = self._look(target.remote_id, target.extra.get("cid"))
        return records.place_below(found) if found else None

    def _look(self, uri: str, cid: str | None = None) -> records.Found | None:
        """The post at this address; `cid` is its version where the PDS does not say."""
        place = records.address(uri)
        if place is None:
            return None
        params = models.ComAtprotoRepoGetRecord.Params(
            repo=place[0], collection=records.COLLECTION, rkey=place[1]
        )
        try:
            answer = self._read(self._account.client.com.atproto.repo.get_record, params)
        except api.Missing:
            return None
        reference = records.reference({"uri": uri, "cid": answer.cid or cid})
        return records.Found(reference, api.as_json(answer.value)) if reference else None

    def _read(self, call: Callable[..., _T], *args: Any) -> _T:
        """One reading request. Raises `Missing`, `TryLater` or `ChannelBroken`."""
        try:
            return self._account.ask(call, *args)
        except api.Unanswered as problem:
            error: Exception = TryLater(f"Bluesky cannot be read ({problem})")
        except api.Refused as refused:
            error = refused.answer.reading_error
        raise error

    def _card(self, message: Message) -> Card:
        """The link's card; what is too long for it is left out, not cut."""
        status, name = clean(message.status), clean(message.name)
        title = name if 0 < len(name) <= _LONGEST_TITLE else status
        whole = f"{status}. {clean(message.headline)}".removesuffix(". ")
        description = whole if len(whole) <= _LONGEST_DESCRIPTION else status
        return Card(message.url, title, description)

    def _notes(self, message: Message) -> Iterator[str]:
        if message.kind in (PublicationKind.CORRECTION, PublicationKind.RETRACTION):
            reply = reply_target(message, self.options) is not None
            form = "a reply to the post that it speaks of" if reply else "a post of its own"
            yield f"Bluesky shows readers no edit: this is {form}, and that one stays as it is."


def _lost(problem: api.Unanswered) -> TryLater | MaybeSent:
    """What it means that a request to write got no sound answer."""
    if problem.sent:
        return MaybeSent(f"no sound answer from Bluesky ({problem})")
    return TryLater(f"Bluesky cannot be reached ({problem})")
