"""A service that Apprise reaches by `json://`: it takes any JSON with a message in it.

with FakeJson() as service:
    ...
    assert service.texts == ["..."]
"""

from __future__ import annotations

from base64 import b64encode

from tests.fakes._service import Answer, FakeService, Request

USER, PASSWORD = "avviso", "p4sSw0rd-of-the-service"


class FakeJson(FakeService):
    """One address, with a password."""

    def __init__(self) -> None:
        super().__init__()
        host = self.url.partition("//")[2]
        self.secrets = {"url": f"json://{USER}:{PASSWORD}@{host}/notify/"}
        self.longest = 32_768
        self._texts: list[str] = []

    @property
    def texts(self) -> list[str]:
        return self._texts

    def answer(self, request: Request) -> Answer:
        """What the service does with a notice."""
        known = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != known:
            return Answer(401, {"error": "who are you?"})
        if request.path != "/notify/":
            return Answer(404, {"error": "nobody is here"})
        self._texts.append(request.body["message"])
        return Answer(200, {"taken": True, "words": "x" * 200})
