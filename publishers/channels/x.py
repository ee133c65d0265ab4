"""X by its API v2, through tweepy, with OAuth 1.0a user tokens, which do not expire.

A post is never edited, and never sent twice: when X may have taken it, the timeline is read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import tweepy
from pydantic import field_validator

from incidents.status import Certainty, PublicationKind
from publishers.channels import _x_api as api
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
from publishers.channels._composing import compose, picture_notes, reply_target
from publishers.channels._http import NETWORK_ERRORS, never_sent
from publishers.channels._links import accidental_links
from publishers.channels._picture import NoPicture
from publishers.channels._text import clean
from publishers.channels._x_match import is_same, objects, replied_to
from publishers.channels._x_media import upload
from publishers.channels._x_text import LIMIT, weighted_length

api.silence_sdk()

_CLOCK_MARGIN = timedelta(minutes=15)
_PAGE_SIZE = 100
_MOST_PAGES = 5


class XOptions(PictureOptions):
    """Beside the common options, those of X."""

    reference: Literal["auto", "always", "never"] = "auto"
    """Whether posts show "#42/3", by which they are found again; auto: only without a link."""
    base_url: str = api.X_HOST
    """Where requests go: an egress gateway that passes them on to https://api.x.com."""

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError("base_url must be an address such as https://api.x.com")
        return value.rstrip("/")


class Channel(Publisher):
    """Posts to one account on X."""

    Options = XOptions
    options: XOptions
    NETWORK = "X"
    certainty = Certainty.READABLE
    SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")

    def __init__(self, options: XOptions, secrets: Mapping[str, str], data: Path) -> None:
        super().__init__(options, secrets, data)

    def compose(self, message: Message) -> Post:
        """The short text with reference and link; see `_composing.compose`."""
        shown = self.options.reference == "always" or (
            self.options.reference == "auto" and not self.options.link
        )
        post = compose(message, self.options, limit=LIMIT, measure=weighted_length, reference=shown)
        return replace(post, notes=tuple(self._notes(message)))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, as a reply within a thread; on its own where X refuses the reply."""
        if post.length > post.limit:
            raise Rejected(f"the post counts {post.length} characters, X takes {post.limit}")
        if post.picture is None:
            return self._say(message, post, None)
        try:
            media = upload(self._client, post.picture)
        except NoPicture as problem:
            return replace(self._say(message, post, None), without_picture=str(problem))
        return self._say(message, post, media)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Look for the post on the account's own timeline, from a little before `message.at` on.

        Which post is the same is decided in `_x_match.is_same`. Those that are known to be others,
        because this one replies to them, are left out.
        """
        others = {r.remote_id for r in (message.parent, message.root, message.target) if r}
        target = reply_target(message, self.options)
        for tweet in self._timeline(message.at - _CLOCK_MARGIN):
            if str(tweet.get("id")) not in others and is_same(tweet, message, post):
                standalone = target is not None and target.remote_id not in replied_to(tweet)
                return self._receipt(str(tweet["id"]), standalone=standalone)
        return None

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether X shows the post; asked with our own keys, so a hidden account looks visible."""
        try:
            answer = self._get(self._client.get_tweet, receipt.remote_id)
        except api.Refused as refused:
            if refused.answer.status == 404:
                return False
            raise self._reading_error(refused.answer) from None
        data = answer.get("data")
        return isinstance(data, dict) and str(data.get("id")) == receipt.remote_id

    def check(self) -> str:
        """Ask X who we are; answers "@handle"."""
        return f"@{self._who()['username']}"

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.session.close()

    @cached_property
    def _client(self) -> Any:
        missing = [name for name in self.SECRETS if not self.secrets.get(name)]
        if missing:
            raise ChannelBroken(f"these secrets are not set: {', '.join(missing)}")
        client = tweepy.Client(
            **{name: self.secrets[name] for name in self.SECRETS},
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        client.session.close()
        client.session = api.XSession(self.options.base_url, self.secrets.values())
        return client

    def _say(self, message: Message, post: Post, media: str | None) -> Receipt:
        """The post with an uploaded picture, or without one."""
        parent = reply_target(message, self.options)
        try:
            return self._create(post, parent, media)
        except api.Refused as refused:
            answer = refused.answer
        if media and answer.refuses_media:
            return replace(self._say(message, post, None), without_picture=answer.summary)
        if parent is not None and answer.refuses_reply:
            return replace(self._create_alone(message, post, media), standalone=True)
        return self._settle(answer, message, post)

    def _create(self, post: Post, parent: Receipt | None, media: str | None) -> Receipt:
        """One POST. Raises `Refused`, `TryLater` when it never left, or `MaybeSent`."""
        reply_to = parent.remote_id if parent else None
        try:
            response = self._client.create_tweet(
                text=post.text,
                in_reply_to_tweet_id=reply_to,
                media_ids=[media] if media else None,
            )
        except NETWORK_ERRORS as problem:
            raise self._network_error(problem) from None
        data = (api.document(response) or {}).get("data")
        tweet_id = str(data.get("id", "")) if isinstance(data, dict) else ""
        if not tweet_id.isdecimal():
            raise MaybeSent("X took the post, but its answer makes no sense")
        return self._receipt(tweet_id)

    def _create_alone(self, message: Message, post: Post, media: str | None) -> Receipt:
        try:
            return self._create(post, None, media)
        except api.Refused as refused:
            answer = refused.answer
        return self._settle(answer, message, post)

    def _network_error(self, problem: BaseException) -> TryLater | MaybeSent:
        if never_sent(problem):
            return TryLater(f"X cannot be reached ({type(problem).__name__})")
        return MaybeSent(f"no answer from X ({type(problem).__name__})")

    def _settle(self, answer: api.Answer, message: Message, post: Post) -> Receipt:
        """What a refusal means: the duplicate that is there already, or one of the four errors."""
        if answer.is_duplicate:
            return self._find_duplicate(message, post)
        if error := self._account_error(answer):
            raise error
        if answer.is_over_capacity:
            raise TryLater(answer.summary)
        if answer.status < 400 or answer.status == 408 or answer.status >= 500:
            raise MaybeSent(answer.summary)
        raise Rejected(answer.summary)

    def _account_error(self, answer: api.Answer) -> TryLater | ChannelBroken | None:
        """The error when an answer says that we may not, or not now, whatever the post."""
        if answer.status == 429:
            return api.limited(answer)
        if answer.status == 401:
            return api.unauthorized(answer)
        if answer.status == 402:
            return ChannelBroken(f"no credit left at X: {answer.words}")
        if answer.is_daily_limit:
            return TryLater(answer.summary)
        if answer.status == 403 and answer.is_about_account:
            return ChannelBroken(f"X forbids it to the account or the app: {answer.words}")
        if answer.status in (404, 407):
            return ChannelBroken(f"{self.options.base_url} is not X's API: {answer.summary}")
        return None

    def _find_duplicate(self, message: Message, post: Post) -> Receipt:
        try:
            found = self.find(message, post)
        except (TryLater, ChannelBroken) as problem:
            raise MaybeSent(f"X says that it has this post; looking failed: {problem}") from None
        if found is None:
            raise MaybeSent("X says that it has this post, but it is not on the timeline")
        return found

    def _timeline(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """The account's own posts, newest first, at most `_MOST_PAGES` pages."""
        token = None
        for _ in range(_MOST_PAGES):
            page = self._read(
                self._client.get_users_tweets,
                self._user_id,
                start_time=since,
                max_results=_PAGE_SIZE,
                pagination_token=token,
                tweet_fields=["created_at", "entities", "referenced_tweets"],
            )
            yield from objects(page.get("data"))
            meta = page.get("meta")
            token = meta.get("next_token") if isinstance(meta, dict) else None
            if not token:
                return

    @cached_property
    def _user_id(self) -> str:
        """An OAuth 1.0a access token begins with its account's id; else ask."""
        prefix = self.secrets.get("access_token", "").partition("-")[0]
        return prefix if prefix.isdecimal() else str(self._who()["id"])

    def _who(self) -> Mapping[str, Any]:
        data = self._read(self._client.get_me).get("data")
        if not isinstance(data, dict) or not {"id", "username"} <= data.keys():
            raise TryLater("X's answer makes no sense")
        return data

    def _read(self, call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One GET. Raises `TryLater` or `ChannelBroken`."""
        try:
            return self._get(call, *args, **kwargs)
        except api.Refused as refused:
            answer = refused.answer
        raise self._reading_error(answer)

    def _get(self, call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            content = api.document(call(*args, user_auth=True, **kwargs))
        except NETWORK_ERRORS as problem:
            raise TryLater(f"X cannot be read ({type(problem).__name__})") from None
        if content is None:
            raise TryLater("X's answer makes no sense")
        return content

    def _reading_error(self, answer: api.Answer) -> TryLater | ChannelBroken:
        return self._account_error(answer) or TryLater(answer.summary)

    def _receipt(self, tweet_id: str, *, standalone: bool = False) -> Receipt:
        return Receipt(tweet_id, f"https://x.com/i/web/status/{tweet_id}", standalone)

    def _notes(self, message: Message) -> Iterator[str]:
        if message.kind in (PublicationKind.CORRECTION, PublicationKind.RETRACTION):
            yield "X has no edit by API: this is a new post, and the old one stays as it is."
        if reply_target(message, self.options) is not None:
            yield "X may refuse replies on some plans: then this goes out as a post of its own."
        if self.options.link:
            yield "X bills a post with a link at about 13 times one without."
        yield from picture_notes(message, self.options)
        for link in accidental_links(clean(message.short)):
            yield f"X makes a link of “{link}”: is a space missing after the full stop?"
