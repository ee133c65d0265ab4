"""A real PDS on this machine, from `tests/pds`, and a gateway before it that arranges faults."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from publishers.channels._base import Publisher
from publishers.channels.bluesky import BlueskyOptions, Channel
from tests.fakes._service import Answer, FakeService, Fault, Request
from tests.publishers.channels.drivers import bluesky

FOLDER = Path(__file__).parents[2] / "pds"
NODE = FOLDER / "node_modules" / ".bin" / "node"
INSTALLED = NODE.exists() and (FOLDER / "node_modules" / "@atproto" / "pds").exists()
POST = "app.bsky.feed.post"
_LONGEST_START = 120.0
_numbers = itertools.count(1)


@dataclass
class Account:
    """One account on the PDS, with an app password."""

    pds: Pds
    handle: str
    did: str
    tokens: dict[str, str]
    app_password: str = ""

    def get(self, method: str, **params: str) -> Any:
        return self.pds.call("GET", method, params=params, headers=self._bearer())

    def post(self, method: str, **body: Any) -> Any:
        return self.pds.call("POST", method, json=body, headers=self._bearer())

    def records(self) -> list[dict[str, Any]]:
        """All posts, oldest first by record key: each with uri, cid and value."""
        answer = self.get("com.atproto.repo.listRecords", repo=self.did, collection=POST,
                          limit="100", reverse="true")  # fmt: skip
        found: list[dict[str, Any]] = answer["records"]
        return found

    def delete(self, uri: str) -> None:
        self.post("com.atproto.repo.deleteRecord", repo=self.did, collection=POST,
                  rkey=uri.rpartition("/")[2])  # fmt: skip

    def clear(self) -> None:
        """Delete every post."""
        deletes = [
            {
                "$type": "com.atproto.repo.applyWrites#delete",
                "collection": POST,
                "rkey": record["uri"].rpartition("/")[2],
            }
            for record in self.records()
        ]
        if deletes:
            self.post("com.atproto.repo.applyWrites", repo=self.did, writes=deletes)

    def commit(self) -> Any:
        """The repository's latest commit: it changes with every event that readers get."""
        return self.get("com.atproto.sync.getLatestCommit", did=self.did)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['accessJwt']}"}


@dataclass
class Pds:
    url: str
    admin_password: str
    jwt_secret: str
    bypass: Mapping[str, str]
    """The header of those whom it does not limit."""

    def call(self, verb: str, method: str, **request: Any) -> Any:
        with self.client() as client:
            response = client.request(verb, f"/xrpc/{method}", **request)
        response.raise_for_status()
        return response.json() if response.content else None

    def client(self, *, limited: bool = False) -> httpx.Client:
        headers = {} if limited else dict(self.bypass)
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)

    def account(self) -> Account:
        """A new account with nothing in it."""
        handle = f"comune-{next(_numbers)}.test"
        made = self.call("POST", "com.atproto.server.createAccount", json={
            "handle": handle, "email": f"{handle}@example.com", "password": "pw-12345678",
        })  # fmt: skip
        account = Account(self, handle, made["did"], made)
        account.app_password = account.post("com.atproto.server.createAppPassword", name="avviso")[
            "password"
        ]
        return account

    def take_down(self, account: Account) -> None:
        self.call(
            "POST",
            "com.atproto.admin.updateSubjectStatus",
            auth=("admin", self.admin_password),
            json={
                "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": account.did},
                "takedown": {"applied": True},
            },
        )

    def expire(self, channel: Channel, *, for_good: bool = False) -> None:
        """Let a channel's session be over; for good, so that it cannot be renewed either."""
        session = channel._account._session
        assert session is not None
        refresh = self._expired(session.refresh) if for_good else session.refresh
        channel._account._session = replace(
            session, access=self._expired(session.access), refresh=refresh
        )

    def _expired(self, token: str) -> str:
        """The same token as the PDS would have made it a day ago."""
        head, claims, _ = token.split(".")
        content = json.loads(base64.urlsafe_b64decode(claims + "=="))
        content = {**content, "iat": content["iat"] - 86400, "exp": int(time.time()) - 60}
        signed = f"{head}.{_packed(json.dumps(content).encode())}"
        signature = hmac.new(self.jwt_secret.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_packed(signature)}"


@contextmanager
def running(folder: Path) -> Iterator[Pds]:
    """Start a PDS with its files in a folder, and stop it in the end."""
    assert INSTALLED, "no PDS is installed: cd tests/pds && npm ci"
    log, data = folder / "pds.log", folder / "data"
    data.mkdir()
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [NODE, FOLDER / "start.mjs", data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=FOLDER,
            env={"LOG_ENABLED": "false"},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], _LONGEST_START)
            line = process.stdout.readline() if ready else b""
            assert line, f"the PDS does not start: {log.read_text()}"
            told = json.loads(line)
            bypass = {"x-ratelimit-bypass": told["rateLimitBypassKey"]}
            yield Pds(told["url"], told["adminPassword"], told["jwtSecret"], bypass)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)
        finally:
            process.kill()


class Gateway(FakeService):
    """Passes everything on to the PDS, as one account's entrance to it, unless a fault is due."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.secrets = {"password": account.app_password}
        self._client = account.pds.client()

    def stop(self) -> None:
        super().stop()
        self._client.close()

    @property
    def texts(self) -> list[str]:
        return [record["value"]["text"] for record in self.account.records()]

    def asked(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.path.endswith(f".{method}")]

    def session(self) -> Answer:
        """What logging in answers."""
        body = {"identifier": self.account.handle, "password": self.account.app_password}
        return self._pass("POST", "/xrpc/com.atproto.server.createSession", json=body)

    def answer(self, request: Request) -> Answer:
        sent = {k: v for k, v in request.headers.items() if k in ("authorization", "content-type")}
        with_body: dict[str, Any] = {"json": dict(request.body)} if request.body else {}
        if "" in request.body:
            with_body = {"content": request.body[""]}
        return self._pass(
            request.method, request.path, params=dict(request.query), headers=sent, **with_body
        )

    def headers(self, answer: Answer) -> Mapping[str, str]:
        del answer
        return {}

    def _pass(self, verb: str, path: str, **request: Any) -> Answer:
        response = self._client.request(verb, path, **request)
        told = {
            name: value
            for name, value in response.headers.items()
            if name == "content-type" or name.startswith("ratelimit-")
        }
        return Answer(response.status_code, response.content, told)


class Driver(bluesky.Driver):
    """Works the channel against a new account of the real PDS, by the contract's cases."""

    def __init__(self, folder: Path, account: Account) -> None:
        super().__init__(folder)
        self.fake.stop()
        self.account = account
        self.gateway = Gateway(account)
        self.fake = self.gateway
        self.fake.start()
        self.url = self.fake.url
        self.secrets = self.fake.secrets

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "bluesky",
            "kind": "bluesky",
            "locale": "it",
            "handle": self.account.handle,
            "base_url": self.url,
            "appview_url": "",
            **options,
        }
        return Channel(BlueskyOptions(**settings), dict(self.secrets), self.folder)

    def remove(self, remote_id: str) -> None:
        self.account.delete(remote_id)

    def meet(self, fault: Fault) -> None:
        self.gateway.faults += [self.gateway.session(), fault]

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {**super().faults, "bad credentials": self._revoke}

    def _revoke(self) -> None:
        self.account.post("com.atproto.server.revokeAppPassword", name="avviso")


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
