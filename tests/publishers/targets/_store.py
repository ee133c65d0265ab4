"""A bucket as its readers see it, by another library than the one that writes to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from publishers.targets._bucket import Bucket
from publishers.targets.object_store import DIGESTS, WATERMARK, Target
from tests.fakes.front_door import FrontDoor

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True)
class Store:
    """A bucket on a real server, and the door before it."""

    client: Any
    name: str
    door: FrontDoor

    @staticmethod
    def client_of(url: str) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="reader",
            aws_secret_access_key="reader",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def target(self, folder: Path, prefix: str = "") -> Target:
        bucket = Bucket(self.name, prefix, self.door.url, "us-east-1", KEY, SECRET)
        return Target(bucket, folder / "targets" / "page.lock")

    def listed(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"] for each in found]

    def documents(self, prefix: str = "") -> dict[str, bytes]:
        """All that a reader could fetch below the prefix, by its path."""
        ours = {prefix + WATERMARK, prefix + DIGESTS}
        return {
            key.removeprefix(prefix): self.get(key)["Body"].read()
            for key in self.listed()
            if key.startswith(prefix) and key not in ours
        }

    def get(self, key: str) -> Any:
        return self.client.get_object(Bucket=self.name, Key=key)

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=body)

    def written(self) -> list[str]:
        """The keys that were put through the door, in their order; forgotten afterwards."""
        puts = [path.removeprefix(f"/{self.name}/") for path in self.door.told("PUT")]
        self.door.requests.clear()
        return puts
