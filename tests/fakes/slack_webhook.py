"""Slack's incoming webhooks, as its documentation and its users describe them.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: success is 200 and the
word "ok", an error a status and one word. Texts are kept as a reader sees them.
"""

from __future__ import annotations

import html
import re
from typing import Any

from tests.fakes._service import Answer, FakeService, Request

PATH = "/services/T0AVVISO1/B0AVVISO22/aVeryLongSecretOfSlack24"
CUT_AFTER = 40_000
_CONTROL = re.compile(r"<([^<>]*)>")


def word(status: int, said: str, headers: dict[str, str] | None = None) -> Answer:
    """An answer as Slack gives it: one word, as plain text."""
    return Answer(status, said.encode(), {"Content-Type": "text/html", **(headers or {})})


class FakeSlack(FakeService):
    """One webhook of one room."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []
        self.pinged: list[str] = []
        """Who was called by name, or by "<!channel>"."""
        self.secrets = {"webhook_url": self.url + PATH, "token": PATH.rpartition("/")[2]}

    @property
    def texts(self) -> list[str]:
        return self.kept

    def answer(self, request: Request) -> Answer:
        if request.path != PATH:
            return word(404, "no_service")
        if request.method != "POST":
            return word(405, "")
        text = request.body.get("text")
        if not isinstance(text, str) or not text:
            return word(400, "no_text")
        self.kept.append(self._shown(text[:CUT_AFTER], request.body))
        return word(200, "ok")

    def _shown(self, text: str, options: Any) -> str:
        """What a reader sees. Slack's own markup is marked with "{...}", so that a test sees it."""
        if options.get("mrkdwn", True):
            text = re.sub(r"([*_~`])(\S[^*_~`\n]*)\1", r"{\2}", text)
        if options.get("parse") != "none":
            text = re.sub(r"(?<![<\w/@.])(\w+\.(?:no|it|com))\b", r"{\1}", text)
        return html.unescape(_CONTROL.sub(self._control, text))

    def _control(self, match: re.Match[str]) -> str:
        inside = match[1]
        if inside[:1] in ("@", "#", "!"):
            self.pinged.append(inside)
        return inside
