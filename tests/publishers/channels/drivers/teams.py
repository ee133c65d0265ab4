"""Works `teams` against the fake of a flow in Power Automate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from publishers.channels.teams import Channel
from tests.fakes import teams_workflow as flow
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _chat_webhook


class Driver(_chat_webhook.Driver):
    kind = "teams"
    channel_type = Channel
    path = flow.PATH + flow.QUERY
    impossible: ClassVar = {
        **_chat_webhook.Driver.impossible,
        "dripping": "an answer without a body has nothing left to drip",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, flow.FakeFlow())

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {name: meet for name, meet in super().faults.items() if name not in self.impossible}

    @property
    def answers(self) -> Mapping[str, Answer]:
        limit = flow.error("WorkflowTriggerThrottled", "Too many requests")
        return {
            "limited": Answer(429, limit),
            "limited for 300 s": Answer(429, limit, {"Retry-After": "300"}),
            "bad credentials": Answer(401, flow.NO_SIGNATURE),
            "account forbidden": Answer(404, flow.NOT_FOUND),
            "content refused": Answer(400, flow.NO_JSON),
            "server error": Answer(502, flow.error("BadGateway", "The flow gave no answer")),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.fake.url}/elsewhere"}),
        }
