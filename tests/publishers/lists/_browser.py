"""A browser that subscribed, as far as its keys go; http-ece decrypts, which none of ours does."""

from __future__ import annotations

import base64
import os

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from publishers.lists._push_crypto import Browser


class Device:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)

    @property
    def browser(self) -> Browser:
        """What the page gets of it."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Browser(_written(point), _written(self._secret))

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": self.browser.p256dh, "auth": self.browser.auth}

    def read(self, body: bytes) -> bytes:
        """Raises `ECEException` for what was not meant for it."""
        message: bytes = http_ece.decrypt(
            body, private_key=self._key, auth_secret=self._secret, version="aes128gcm"
        )
        return message


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
