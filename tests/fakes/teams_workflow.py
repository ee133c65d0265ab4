"""A flow of Power Automate that starts by a webhook and posts an Adaptive Card into Teams.

It answers 202 with nothing at once, whatever becomes of the card: a card that Teams does not take
is `lost`. Texts are kept as a reader sees them. Errors are as Azure Logic Apps gives them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes._service import Answer, FakeService, Request

PATH = "/powerautomate/automations/direct/workflows/b840a60a611b4d3287be6d76fe1930e2/triggers"
PATH += "/manual/paths/invoke"
SIGNATURE = "aVeryLongSignature_OfFortyThreeCharacters-x"
QUERY = f"?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
LIMIT = 28 * 1024
RUN = "08584312345678901234567890123CU01"


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


NO_SIGNATURE = error(
    "DirectApiAuthorizationRequired",
    "The request must be authenticated only by Shared Access scheme.",
)
DISABLED = error(
    "WorkflowTriggerIsNotEnabled",
    "Could not execute workflow 'x' trigger 'manual' with state 'Disabled'.",
)
NOT_FOUND = error("WorkflowNotFound", "The workflow 'x' could not be found.")
NO_JSON = error("InvalidRequestContent", "The request content is not valid and could not be parsed")


class FakeFlow(FakeService):
    """One flow that posts into one channel."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []
        self.lost: list[str] = []
        self.links: list[str] = []
        self.secrets = {"webhook_url": self.url + PATH + QUERY, "signature": SIGNATURE}

    @property
    def texts(self) -> list[str]:
        return self.kept

    def answer(self, request: Request) -> Answer:
        if request.path != PATH:
            return Answer(404, NOT_FOUND)
        if request.method != "POST":
            return Answer(405, error("MethodNotAllowed", "Only POST"))
        if request.query.get("sig") != SIGNATURE:
            return Answer(401, NO_SIGNATURE)
        if not request.body:
            return Answer(400, NO_JSON)
        self._post(request.body)
        return Answer(202, None, {"x-ms-workflow-run-id": RUN})

    def _post(self, body: Mapping[str, Any]) -> None:
        try:
            (attachment,) = body["attachments"]
            card = attachment["content"]
            lines = [self._line(block) for block in card["body"]]
        except (KeyError, TypeError, ValueError):
            self.lost.append(str(body))
            return
        if card["type"] != "AdaptiveCard" or _size(body) > LIMIT:
            self.lost.append(str(body))
            return
        self.kept.append("\n".join(lines))

    def _line(self, block: Mapping[str, Any]) -> str:
        """What a reader sees of a block, which must not be a TextBlock: that is Markdown."""
        if block["type"] != "RichTextBlock":
            raise ValueError(block["type"])
        words = ""
        for run in block["inlines"]:
            words += run["text"]
            if "selectAction" in run:
                self.links.append(run["selectAction"]["url"])
        return f"\n{words}" if block.get("spacing") == "Medium" else words


def _size(body: Mapping[str, Any]) -> int:
    """In UTF-16, in which Teams keeps its messages."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le"))
