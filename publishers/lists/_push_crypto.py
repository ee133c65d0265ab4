"""What web push asks of a sender: messages that only one browser can read, and who sends them.

RFC 8291 (a message's encryption, in RFC 8188's `aes128gcm`) and RFC 8292 (VAPID). Checked against
RFC 8291's own example, and by a receiver that decrypts.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from threading import Lock

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD = 4096
"""Bytes of the one record that a message is (RFC 8188); services take no longer message."""
OVERHEAD = 86 + 1 + 16
"""Bytes that encryption adds: the header with our key, the delimiter, the tag."""
GOOD_FOR = 12 * 3600
"""Seconds: a service refuses what is good for more than a day (RFC 8292, 2)."""
_MOST_TOKENS = 1000
"""Services are few; strangers may name others."""
_CURVE = ec.SECP256R1()
_POINT = 65
_SECRET = 16
_SALT = 16
_SCALAR = 32
_LAST_RECORD = b"\x02"


class BadKey(Exception):
    """A key that is none: ours, or a browser's."""


def new_private_key() -> str:
    """A new key to sign with: its 32 bytes in base64url."""
    return _written(_scalar(ec.generate_private_key(_CURVE)))


def public_key(private: str) -> str:
    """What browsers subscribe with (`applicationServerKey`). Raises `BadKey`."""
    return _written(_point(_read_private(private)))


def is_private_key(written: str) -> bool:
    try:
        _read_private(written)
    except BadKey:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser gave when it subscribed."""

    p256dh: str
    auth: str


def encrypt(message: bytes, browser: Browser) -> bytes:
    """The body of a request, which that browser alone can read. Raises `BadKey`."""
    return encrypt_with(message, browser, ec.generate_private_key(_CURVE), os.urandom(_SALT))


def encrypt_with(
    message: bytes, browser: Browser, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The same with a key and a salt, both of which must never be used again."""
    point, secret = _read(browser.p256dh), _read(browser.auth)
    if len(secret) != _SECRET:
        raise BadKey("a browser's secret has 16 bytes")
    ours = _point(sender)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as problem:
        raise BadKey("a browser's key is no point of P-256") from problem
    shared = sender.exchange(ec.ECDH(), theirs)
    both = b"WebPush: info\0" + point + ours
    material = _derived(shared, secret, both, 32)
    key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4) + bytes([_POINT]) + ours
    return head + AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)


@dataclass
class Vapid:
    """Says to push services who sends: a token for each of them, used again until it is old."""

    private: str = field(repr=False)
    contact: str
    """`mailto:` or `https:`."""
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        """Raises `BadKey`."""
        self._key = _read_private(self.private)
        self.public = _written(_point(self._key))

    def authorization(self, origin: str, now: float) -> str:
        """The header for a service, as in "https://push.example.org"; `now` in seconds."""
        with self._lock:
            token, until = self._tokens.get(origin, ("", 0.0))
            # The second half of its time is left for clocks that are wrong.
            if not now + GOOD_FOR / 2 < until <= now + GOOD_FOR:
                until = now + GOOD_FOR
                if len(self._tokens) >= _MOST_TOKENS:
                    self._tokens.clear()
                token = self._token(origin, int(until))
                self._tokens[origin] = token, until
        return f"vapid t={token}, k={self.public}"

    def _token(self, origin: str, until: int) -> str:
        """A JWT by ES256: the signature is the two numbers side by side, not DER."""
        head = _json({"typ": "JWT", "alg": "ES256"})
        claims = _json({"aud": origin, "exp": until, "sub": self.contact})
        signed = f"{_written(head)}.{_written(claims)}"
        der = self._key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256()))
        numbers = (number.to_bytes(_SCALAR) for number in decode_dss_signature(der))
        return f"{signed}.{_written(b''.join(numbers))}"


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _read_private(written: str) -> ec.EllipticCurvePrivateKey:
    scalar = _read(written)
    if len(scalar) != _SCALAR:
        raise BadKey("the key should be what `avviso push-key` prints")
    try:
        return ec.derive_private_key(int.from_bytes(scalar), _CURVE)
    except ValueError as problem:
        raise BadKey("the key is no private key of P-256") from problem


def _scalar(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(_SCALAR)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _read(written: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except (binascii.Error, ValueError) as problem:
        raise BadKey("the key is not written in base64url") from problem


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
