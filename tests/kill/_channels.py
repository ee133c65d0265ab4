"""The kinds of channels whose posts are counted after each kill: a new kind is a line in KINDS."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes._service import FakeService, Fault, Request
from tests.fakes.bluesky_pds import HANDLE, FakeBluesky
from tests.fakes.graph_api import FakePage
from tests.fakes.mastodon_api import FakeMastodon
from tests.fakes.x_api import FakeX
from tests.statuspage._worker import posted


@dataclass(frozen=True)
class Kind:
    """What has to be known of a kind to kill a process in the middle of it."""

    name: str
    keyed: bool
    """Whether it says everything once by itself; else an operator may have to look."""
    fake: Callable[[], FakeService] | None = None
    posts_to: str = ""
    """The path of the one request that makes a post."""
    settings: str = 'base_url = "{url}"'
    """What the settings file says of it."""


KINDS = (
    Kind("log", keyed=True, settings=""),
    Kind("x", keyed=False, fake=FakeX, posts_to="/2/tweets"),
    Kind("mastodon", keyed=True, fake=FakeMastodon, posts_to="/api/v1/statuses"),
    Kind(
        "bluesky",
        keyed=True,
        fake=FakeBluesky,
        posts_to="/xrpc/com.atproto.repo.putRecord",
        settings=f'handle = "{HANDLE}"\nbase_url = "{{url}}"\nappview_url = "{{url}}"',
    ),
    Kind(
        "facebook",
        keyed=False,
        fake=FakePage,
        posts_to="/v26.0/100064000000001/feed",
        settings='page_id = "100064000000001"\nbase_url = "{url}"',
    ),
)


@dataclass(frozen=True)
class Meanwhile:
    """Something that happens while a service has a request and did not yet do as asked."""

    do: Callable[[], None]


@dataclass(frozen=True)
class Account:
    """One configured channel, and the service that it posts to."""

    name: str
    kind: Kind
    fake: FakeService | None

    def texts(self, folder: Path) -> list[str]:
        """What readers find there, oldest first; `folder` is Avviso's own."""
        if self.fake is None:
            return [line["text"] for line in posted(folder, self.name)]
        return self.fake.texts

    @property
    def service(self) -> FakeService:
        assert self.fake is not None, f"{self.name} posts to a file"
        return self.fake

    @property
    def table(self) -> str:
        """Its part of the settings file."""
        own = self.kind.settings.format(url=self.fake.url if self.fake else "")
        names = f'name = "{self.name}"\nkind = "{self.kind.name}"\nlocale = "it"'
        return f"[[channels]]\n{names}\n{own}\n"

    @property
    def environment(self) -> Mapping[str, str]:
        secrets = self.fake.secrets if self.fake else {}
        prefix = f"AVVISO_{self.name}_".replace("-", "_").upper()
        return {prefix + name.upper(): value for name, value in secrets.items()}

    def requests_to_post(self) -> int:
        """How often it was asked to post, whatever came of it."""
        return sum(self._posts(request) for request in self.service.requests)

    def _posts(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", self.kind.posts_to)

    def meets(self, *faults: Fault | Meanwhile) -> None:
        """Let the next requests that post meet these; others pass, whenever they come."""
        self.service.faults = _WherePosted(self, faults)


class _WherePosted(deque[Any]):
    """The faults of a service, which only requests that post take."""

    def __init__(self, account: Account, faults: Sequence[Fault | Meanwhile]) -> None:
        super().__init__(faults)
        self._account = account

    def __bool__(self) -> bool:
        return len(self) > 0 and self._account._posts(self._account.service.requests[-1])

    def popleft(self) -> Any:
        fault = super().popleft()
        if isinstance(fault, Meanwhile):
            fault.do()
        return fault


def some_of(kinds: Sequence[Kind], database_url: str) -> Sequence[Kind]:
    """Half of the networks on each kind of database, and the file on both: no kind is left out, and
    no test waits for all of them."""
    networks = [kind for kind in kinds if kind.fake]
    half = networks[database_url.startswith("sqlite") :: 2]
    return [kind for kind in kinds if kind in half or not kind.fake]


@contextmanager
def accounts(kinds: Sequence[Kind]) -> Iterator[tuple[Account, ...]]:
    """An account of each kind, their services running."""
    with ExitStack() as services:
        yield tuple(
            Account(
                f"{kind.name}-1", kind, services.enter_context(kind.fake()) if kind.fake else None
            )
            for kind in kinds
        )
