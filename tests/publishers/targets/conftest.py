"""Object stores for every test that needs one: a real server of the S3 API on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.front_door import FrontDoor

if TYPE_CHECKING:
    from tests.publishers.targets._store import Store

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an object store."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def door(s3: str) -> Iterator[FrontDoor]:
    with FrontDoor(s3) as door:
        yield door


@pytest.fixture
def store(s3: str, door: FrontDoor) -> Store:
    """A new bucket, written to through the door and read behind it."""
    from tests.publishers.targets._store import Store

    client: Any = Store.client_of(s3)
    name = f"bucket-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name)
    return Store(client, name, door)
