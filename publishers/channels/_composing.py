"""What a channel says of a message, and to which post it belongs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from incidents.status import PublicationKind
from publishers.channels._base import (
    ChannelOptions,
    Message,
    PictureOptions,
    Post,
    Receipt,
    fallback_text,
)
from publishers.channels._markdown import plain
from publishers.channels._text import clean


def takes_back(message: Message) -> bool:
    """Whether it speaks of an earlier post: a correction or a retraction."""
    return message.kind in (PublicationKind.CORRECTION, PublicationKind.RETRACTION)


def edit_target(message: Message) -> Receipt | None:
    """The post that a correction or retraction speaks of: for kinds that edit in place."""
    return message.target if takes_back(message) else None


def in_full(message: Message) -> Message:
    """Headline and body in place of the short text, which is kept for where they do not fit.

    Of the two only the short text says that it is a correction, a retraction, or automatic: there
    it stays.
    """
    body = plain(message.body)
    if message.automatic or takes_back(message) or not body:
        return message
    return replace(message, short=f"{message.headline}\n\n{body}", brief=message.short)


def picture_notes(message: Message, options: PictureOptions) -> Iterator[str]:
    """That a picture is wanted, and none goes along."""
    if options.picture and message.kind is PublicationKind.UPDATE and message.picture is None:
        yield "No picture goes along: it could not show every letter of these words."


def reply_target(message: Message, options: ChannelOptions) -> Receipt | None:
    """The post to reply to: what a correction or retraction speaks of, else the thread's latest."""
    if not options.thread:
        return None
    return edit_target(message) or message.parent


def compose(
    message: Message,
    options: ChannelOptions,
    *,
    limit: int,
    measure: Callable[[str], int],
    reference: bool = False,
    link: bool | None = None,
    counted_url: str | None = None,
    tidy: Callable[..., str] = clean,
) -> Post:
    """The short text, with reference and link as asked; what does not fit is replaced, not cut.

    Then it is the status and the incident's name, and if the name is too long, the status alone.
    A post that is longer than its limit even so must not be sent.

    `measure` counts as the network does. `link` wins over the channel's option: a kind may put the
    link elsewhere than into the text. `counted_url` stands in for the link when counting. `tidy`
    makes words harmless, by `tidy(words, hashtags)`.
    """
    linked = options.link if link is None else link
    posts = []
    for words, fallback in _candidates(message, options, tidy):
        text = _assembled(message, words, reference=reference, link=linked)
        length = measure(text.replace(message.url, counted_url or message.url))
        posts.append(Post(text=text, length=length, limit=limit, fallback=fallback))
    chosen = next((post for post in posts if post.length <= limit), posts[-1])
    replies = reply_target(message, options) is not None
    return replace(chosen, replies=replies, picture=message.picture)


def _candidates(
    message: Message, options: ChannelOptions, tidy: Callable[..., str]
) -> Iterator[tuple[str, bool]]:
    """Words to try in turn, each with whether it is a fallback."""
    full = tidy(message.short, options.hashtags) or tidy(message.headline, options.hashtags)
    if full:
        yield full, False
    if message.brief:
        yield tidy(message.brief, options.hashtags), False
    yield tidy(fallback_text(message), options.hashtags), True
    yield tidy(message.status, options.hashtags), True


def _assembled(message: Message, words: str, *, reference: bool, link: bool) -> str:
    spoken = f"{words} {message.reference}" if reference else words
    return f"{spoken}\n{message.url}" if link else spoken
