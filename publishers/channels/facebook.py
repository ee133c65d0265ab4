"""A Facebook Page by the Graph API, with a long-lived Page access token.

Each update is a post of its own: a Page has no threads. Corrections and retractions edit the post
that they speak of. A post is never sent twice: when Facebook may have taken it, the Page is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import StringConstraints, field_validator

from incidents.status import Certainty
from publishers.channels import _facebook_api as api
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
from publishers.channels._composing import compose, edit_target, in_full, picture_notes
from publishers.channels._facebook_text import LIMIT, harmless, has_text, is_same, length, objects
from publishers.channels._http import NETWORK_ERRORS, never_sent
from publishers.channels._links import accidental_links
from publishers.channels._picture import NoPicture, Picture

_CLOCK_MARGIN = timedelta(hours=2)
_PAGE_SIZE = 100
_MOST_PAGES = 5
_POST_FIELDS = "id,message,created_time,attachments{unshimmed_url}"


class FacebookOptions(PictureOptions):
    """Beside the common options, those of Facebook."""

    page_id: Annotated[str, StringConstraints(pattern="^[0-9]{1,32}$")]
    """The Page's number."""
    text: Literal["short", "full"] = "full"
    """The text of a short channel, or headline and body."""
    version: Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]?\.[0-9]{1,2}$")] = "v26.0"
    """Of the Graph API; each is served for about two years."""
    base_url: str = "https://graph.facebook.com"
    """Where requests go: an egress gateway that passes them on to the Graph API."""

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError("base_url must be an address such as https://graph.facebook.com")
        return value.rstrip("/")


class Channel(Publisher):
    """Posts to one Page on Facebook.

    A receipt's extra has "card" where the post has a card of the link: an edit leaves it there.
    """

    Options = FacebookOptions
    options: FacebookOptions
    NETWORK = "Facebook"
    certainty = Certainty.READABLE
    SECRETS = ("page_token",)
    OPTIONAL_SECRETS = ("app_secret",)

    def compose(self, message: Message) -> Post:
        """Headline and body, or the short text; the link is a card that Facebook makes.

        A post has a card or a picture: with a picture the link stands in the text.
        """
        target = edit_target(message)
        carded = message.picture is None and self.options.link
        if target is not None:
            carded = "card" in target.extra
        post = compose(
            in_full(message) if self.options.text == "full" else message,
            self.options,
            limit=LIMIT,
            measure=length,
            link=self.options.link and not carded,
            tidy=harmless,
        )
        card = Card(message.url, urlsplit(message.url).netloc) if carded else None
        post = replace(post, replies=False, edits=target is not None, card=card)
        return replace(post, notes=tuple(self._notes(message, post)))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, or edit the post that it speaks of; where that is gone, post it anew."""
        if post.length > post.limit:
            raise Rejected(f"the post has {post.length} characters, Facebook takes {post.limit}")
        target = edit_target(message)
        if target is None:
            return self._post(message, post)
        if self._edit(target, post):
            return self._receipt(target.remote_id, target.extra)
        return replace(self._post(message, post), standalone=True)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Look whether the edit was made, else for the post among those of the Page.

        From two hours before `message.at` on. Those that are known to be others are left out.
        """
        target = edit_target(message)
        if target is not None and self._is_edited(target, post):
            return self._receipt(target.remote_id, target.extra)
        others = {r.remote_id for r in (message.parent, message.root, target) if r}
        for found in self._published(message.at - _CLOCK_MARGIN):
            post_id, way = str(found.get("id")), _way_of(found, post)
            if way is not None and post_id not in others:
                return replace(self._receipt(post_id, _extra(way)), standalone=target is not None)
        return None

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether the post is published; asked with our own token, for others may not ask."""
        found = self._look_up(receipt.remote_id) or {}
        return found.get("id") == receipt.remote_id and found.get("is_published") is not False

    def check(self) -> str:
        """Whose token it is, and whether it may read the Page's posts; answers the Page's name."""
        page = self._read("me", fields="id,name")
        name = str(page.get("name"))
        if page.get("id") != self.options.page_id:
            raise ChannelBroken(
                f"the token is that of “{name}” ({page.get('id')}),"
                f" not of the Page {self.options.page_id}"
            )
        self._read(f"{self.options.page_id}/published_posts", fields="id", limit=1)
        return name

    def close(self) -> None:
        if "_graph" in self.__dict__:
            self._graph.close()

    @cached_property
    def _graph(self) -> api.Graph:
        token = self.secrets.get("page_token")
        if not token:
            raise ChannelBroken("this secret is not set: page_token")
        address = f"{self.options.base_url}/{self.options.version}"
        return api.Graph(address, token, self.secrets.get("app_secret"))

    def _post(self, message: Message, post: Post) -> Receipt:
        """A new post; with the address in its text where Facebook cannot make the card."""
        if post.picture is None:
            return self._say(message, post, None)
        try:
            photo = self._upload(post.picture)
        except NoPicture as problem:
            return replace(self._say(message, post, None), without_picture=str(problem))
        return self._say(message, post, photo)

    def _upload(self, picture: Picture) -> str:
        """The id of the picture, as a photo that no reader sees by itself. Raises `NoPicture`.

        https://developers.facebook.com/docs/graph-api/reference/page/photos
        """
        # Pillow is imported only where a picture is wanted.
        from publishers.channels._picture_drawing import draw

        path, alt = f"{self.options.page_id}/photos", picture.alt
        try:
            made = self._graph.upload(path, draw(picture), published="false", alt_text_custom=alt)
        except NETWORK_ERRORS as problem:
            raise NoPicture(f"no answer from Facebook ({type(problem).__name__})") from None
        except api.Refused as refused:
            raise NoPicture(refused.answer.summary) from None
        photo = (made or {}).get("id")
        if not isinstance(photo, str) or not _is_post_id(photo):
            raise NoPicture("Facebook took the picture, but its answer makes no sense")
        return photo

    def _say(self, message: Message, post: Post, photo: str | None) -> Receipt:
        """The post with an uploaded picture, or without one."""
        try:
            return self._create(post, photo)
        except api.Refused as refused:
            answer = refused.answer
        if photo and isinstance(api.posting_error(answer), Rejected) and not answer.is_duplicate:
            # The picture may be why; if it is the text, it will say so again.
            return replace(self._say(message, post, None), without_picture=answer.summary)
        if post.card is not None and answer.is_about_link:
            return self._post(message, _without_card(post))
        if answer.is_duplicate:
            return self._find_duplicate(message, post)
        raise api.posting_error(answer)

    def _create(self, post: Post, photo: str | None) -> Receipt:
        """One POST. Raises `Refused`, `TryLater` when it never left, or `MaybeSent`."""
        fields = {"message": post.text, "link": post.card.url if post.card else None}
        if photo:
            fields["attached_media[0]"] = json.dumps({"media_fbid": photo})
        try:
            made = self._graph.post(f"{self.options.page_id}/feed", **fields)
        except NETWORK_ERRORS as problem:
            if never_sent(problem):
                raise _unanswered(problem) from None
            raise MaybeSent(f"no answer from Facebook ({type(problem).__name__})") from None
        post_id = (made or {}).get("id")
        if not isinstance(post_id, str) or not _is_post_id(post_id):
            raise MaybeSent("Facebook took the post, but its answer makes no sense")
        pictured = {"picture": photo} if photo else {}
        return self._receipt(post_id, {**_extra(post), **pictured})

    def _find_duplicate(self, message: Message, post: Post) -> Receipt:
        try:
            found = self.find(message, post)
        except (TryLater, ChannelBroken) as problem:
            raise MaybeSent(
                f"Facebook says that it has this post; looking failed: {problem}"
            ) from None
        if found is None:
            raise MaybeSent("Facebook says that it has this post, but it is not on the Page")
        return found

    def _edit(self, target: Receipt, post: Post) -> bool:
        """Whether it was edited; False when the post is gone, or not ours to edit.

        An edit whose outcome is not known is made again: that changes nothing.
        """
        try:
            told = self._graph.post(target.remote_id, message=post.text) or {}
        except NETWORK_ERRORS as problem:
            raise _unanswered(problem) from None
        except api.Refused as refused:
            answer = refused.answer
        else:
            if told.get("success") is not True:
                raise TryLater("Facebook's answer to the edit makes no sense")
            return True
        return self._settle_edit(answer, target, post)

    def _settle_edit(self, answer: api.Answer, target: Receipt, post: Post) -> bool:
        if answer.is_gone or answer.is_forbidden:
            return False
        if answer.is_duplicate and self._is_edited(target, post):
            return True
        error = api.posting_error(answer)
        raise TryLater(str(error)) if isinstance(error, MaybeSent) else error

    def _is_edited(self, target: Receipt, post: Post) -> bool:
        there = self._look_up(target.remote_id)
        return there is not None and has_text(there, post.text)

    def _look_up(self, post_id: str) -> Mapping[str, Any] | None:
        """One post, None when it is gone. Raises `TryLater` or `ChannelBroken`."""
        try:
            return self._get(post_id, fields=f"{_POST_FIELDS},is_published")
        except api.Refused as refused:
            if refused.answer.is_gone:
                return None
            answer = refused.answer
        raise self._reading_error(answer)

    def _published(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """The Page's own posts from then on, at most `_MOST_PAGES` pages of them.

        The address of the next page that Facebook gives holds the token: it is not used.
        """
        after = None
        for _ in range(_MOST_PAGES):
            page = self._read(
                f"{self.options.page_id}/published_posts",
                fields=_POST_FIELDS,
                since=int(since.timestamp()),
                limit=_PAGE_SIZE,
                after=after,
            )
            yield from (post for post in objects(page.get("data")) if _is_from(post, since))
            after = _next(page.get("paging"))
            if after is None:
                return

    def _read(self, path: str, **fields: str | int | None) -> dict[str, Any]:
        """One GET. Raises `TryLater` or `ChannelBroken`."""
        try:
            return self._get(path, **fields)
        except api.Refused as refused:
            answer = refused.answer
        raise self._reading_error(answer)

    def _get(self, path: str, **fields: str | int | None) -> dict[str, Any]:
        try:
            content = self._graph.get(path, **fields)
        except NETWORK_ERRORS as problem:
            raise _unanswered(problem) from None
        if content is None:
            raise TryLater("Facebook's answer makes no sense")
        return content

    def _reading_error(self, answer: api.Answer) -> TryLater | ChannelBroken:
        return api.account_error(answer) or TryLater(answer.summary)

    def _receipt(self, post_id: str, extra: Mapping[str, str]) -> Receipt:
        return Receipt(post_id, f"https://www.facebook.com/{post_id}", extra=extra)

    def _notes(self, message: Message, post: Post) -> Iterator[str]:
        if post.edits:
            yield "Facebook edits the post in place, and readers can see that it was edited."
            if message.target and "picture" in message.target.extra:
                yield "Facebook keeps the picture as it was, with what was said then."
        elif self.options.thread and message.parent is not None:
            yield "A Page has no threads: this is a post of its own."
        if post.card and not post.edits:
            yield (
                "Facebook makes the card of the link; if it cannot read the page, the address"
                " is put below the text."
            )
        yield from picture_notes(message, self.options)
        for link in accidental_links(post.text):
            yield f"Facebook makes a link of “{link}”: is a space missing after the full stop?"


def _unanswered(problem: BaseException) -> TryLater:
    return TryLater(f"Facebook cannot be reached ({type(problem).__name__})")


def _without_card(post: Post) -> Post:
    """The same with the address in the text."""
    return replace(post, text=f"{post.text}\n{post.card.url}", card=None) if post.card else post


def _way_of(found: Mapping[str, Any], post: Post) -> Post | None:
    """As what a post that stands on the Page says this: with its card, or without; else None."""
    ways = (post, _without_card(post))
    return next((way for way in ways if is_same(found, way)), None)


def _extra(post: Post) -> dict[str, str]:
    return {"card": post.card.url} if post.card else {}


def _is_post_id(text: str) -> bool:
    return text.isascii() and text.replace("_", "").isdecimal()


def _is_from(post: Mapping[str, Any], since: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(post.get("created_time"))) >= since
    except (ValueError, TypeError):
        return False


def _next(paging: Any) -> str | None:
    """The cursor of the next page; None on the last."""
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None
