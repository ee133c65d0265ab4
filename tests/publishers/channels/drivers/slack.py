"""Works `slack` against the fake of its incoming webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from publishers.channels.slack import Channel
from tests.fakes import slack_webhook as slack
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _chat_webhook


class Driver(_chat_webhook.Driver):
    kind = "slack"
    channel_type = Channel
    path = slack.PATH

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, slack.FakeSlack())

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": slack.word(429, "rate_limited"),
            "limited for 300 s": slack.word(429, "rate_limited", {"Retry-After": "300"}),
            "bad credentials": slack.word(403, "invalid_token"),
            "account forbidden": slack.word(403, "action_prohibited"),
            "content refused": slack.word(400, "invalid_payload"),
            "server error": slack.word(500, "rollup_error"),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.fake.url}/elsewhere"}),
        }
