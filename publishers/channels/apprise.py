"""The long tail of services, by Apprise: one address each, which is a secret.

Apprise tells only whether it worked: no ids, so that nothing can be replied to, edited or read
back, and a post that may have been sent is never sent a second time. It runs in a process of its
own, `_apprise_child.py`, which may be killed and reaches no internal address.
https://github.com/caronc/apprise
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

from pydantic import Field

from incidents.status import Certainty
from publishers.channels import _base
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    MaybeSent,
    Message,
    Post,
    Publisher,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._composing import compose, takes_back

LONGEST = 30_000

_CHILD = Path(__file__).with_name("_apprise_child.py")
_LOADING = 45.0
"""Seconds that Apprise may take to find its plug-in; nothing is sent meanwhile."""
_ON_THIS_MACHINE = frozenset(
    {"blink1", "dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
)
_LONGEST_WAIT = 24 * 60 * 60
_ABOUT_THE_TEXT = (400, 413, 422)


class AppriseOptions(ChannelOptions):
    """Beside the common options, those of Apprise."""

    limit: Annotated[int, Field(ge=100, le=LONGEST)] = 500
    """Characters that the service takes; `avviso check` says when it takes fewer."""
    internal: bool = False
    """Whether the address may lead into your own network."""


class Channel(Publisher):
    """Posts to one service by its Apprise address."""

    Options = AppriseOptions
    options: AppriseOptions
    NETWORK = "Apprise"
    certainty = Certainty.BLIND
    SECRETS = ("url",)

    def compose(self, message: Message) -> Post:
        """The short text with the link, as plain text; counted in characters."""
        post = compose(message, self.options, limit=self.options.limit, measure=len)
        note = "Nothing can be edited by Apprise: this is a message of its own."
        return replace(post, replies=False, notes=(note,) if takes_back(message) else ())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Have it sent. The receipt's id is our own: Apprise tells none."""
        if post.length > post.limit:
            raise Rejected(f"the post has {post.length} characters, the limit is {post.limit}")
        with self._child(post.text) as child:
            service = _loaded(child)
            if post.length > service["longest"]:
                raise Rejected(f"{service['name']} takes {service['longest']} characters")
            told = _heard(child, "go", 3 * _base.NETWORK_TIMEOUT)
        if told is None:
            raise MaybeSent("the service took too long, and was given up on")
        if told["taken"]:
            return Receipt(message.key)
        raise _error(told)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """None: nobody can look."""
        del message, post
        return None

    def seen(self, receipt: Receipt) -> bool | None:
        """None: nobody can look."""
        del receipt
        return None

    def check(self) -> str:
        """Whether Apprise knows the address, and takes texts as long as the limit; answers the
        service's name. The service itself is not asked: only a post can tell."""
        with self._child("") as child:
            service = _loaded(child)
        if self.options.limit > service["longest"]:
            raise ChannelBroken(
                f"{service['name']} takes {service['longest']} characters:"
                f" set limit = {service['longest']}"
            )
        return f"{service['name']}, by Apprise"

    @contextmanager
    def _child(self, body: str) -> Iterator[subprocess.Popen[str]]:
        """Apprise's process, told what to load. It ends with the block, one way or the other."""
        asked = {"url": self._url(), "body": body, "internal": self.options.internal}
        try:
            child = subprocess.Popen(  # noqa: S603  # our own file; the secret goes by stdin
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env=_environment(),
            )
        except OSError as problem:
            raise TryLater(f"Apprise cannot be started: {problem.strerror}") from None
        try:
            _say(child, json.dumps(asked))
            yield child
        finally:
            child.kill()
            child.communicate()

    def _url(self) -> str:
        url = self.secrets.get("url", "").strip()
        if not url:
            raise ChannelBroken("this secret is not set: url")
        scheme, found, _ = url.partition("://")
        if not found or scheme.lower() in _ON_THIS_MACHINE:
            raise ChannelBroken("the url is not the Apprise address of a service elsewhere")
        return url


def _environment() -> dict[str, str]:
    """Ours, without the secrets of this and other channels, and without Apprise's own settings."""
    ours = ("AVVISO_", "APPRISE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _loaded(child: subprocess.Popen[str]) -> Mapping[str, Any]:
    """The service's name and longest text. Raises `TryLater` or `ChannelBroken`."""
    told = _heard(child, None, _LOADING)
    if told is None:
        raise TryLater("Apprise could not be loaded; is it installed?")
    if "problem" in told:
        raise ChannelBroken("Apprise does not know this address (url), or lacks something for it")
    return told


def _heard(child: subprocess.Popen[str], word: str | None, seconds: float) -> dict[str, Any] | None:
    """The child's next answer; None when it died, or was killed for taking longer than that."""
    clock = Timer(seconds, child.kill)
    clock.start()
    try:
        if word is not None:
            _say(child, word)
        line = child.stdout.readline() if child.stdout else ""
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return None  # nothing, or what was written until it was killed
    else:
        return told
    finally:
        clock.cancel()


def _say(child: subprocess.Popen[str], line: str) -> None:
    """To a child that has died already nothing is said; that shows when it is listened to."""
    try:
        if child.stdin:
            child.stdin.write(f"{line}\n")
            child.stdin.flush()
    except BrokenPipeError:
        return


def _error(told: Mapping[str, Any]) -> TryLater | ChannelBroken | MaybeSent | Rejected:
    """What it means that Apprise says no, by the requests that it made."""
    calls = told["calls"]
    if not told["connected"]:
        if told["refused"]:
            return ChannelBroken("the url leads into an internal network: see `internal`")
        return TryLater("the service cannot be reached")
    if not calls or any(200 <= call.get("status", 0) < 300 for call in calls):
        return MaybeSent("Apprise says that not everything went well")
    last = calls[-1]
    if "status" not in last:
        if any(call.get("sent", True) for call in calls):
            return MaybeSent(f"no answer from the service ({last['error']})")
        return TryLater(f"the service cannot be reached ({last['error']})")
    return _refusal(last["status"], last["retry_after"])


def _refusal(status: int, retry_after: str) -> TryLater | ChannelBroken | MaybeSent | Rejected:
    said = f"the service answered {status}"
    if status < 400 or status == 408 or status >= 500:
        return MaybeSent(said)
    if status == 429:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0
        wait = timedelta(seconds=seconds) if 0 < seconds <= _LONGEST_WAIT else None
        return TryLater("the service limits us", wait)
    if status in _ABOUT_THE_TEXT:
        return Rejected(said)
    return ChannelBroken(f"{said}: the url is wrong or revoked")
