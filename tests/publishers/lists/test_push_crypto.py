"""Web push's encryption and tokens, against RFC 8291's example and against others' code."""

from __future__ import annotations

import base64
import json

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from publishers.lists._push_crypto import (
    GOOD_FOR,
    OVERHEAD,
    BadKey,
    Browser,
    Vapid,
    encrypt,
    encrypt_with,
    is_private_key,
    new_private_key,
    public_key,
)
from tests.publishers.lists._browser import Device

NOW = 1_607_374_140.0
SERVICE = "https://push.example.org"


def read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(read(text)), ec.SECP256R1())


def test_the_example_of_the_standard() -> None:
    """RFC 8291, 5 and appendix A."""
    browser = Browser(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    sender = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    made = encrypt_with(
        b"When I grow up, I want to be a watermelon",
        browser,
        sender,
        read("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert made == read(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
        "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
        "gSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("message", [b"", b"{}", "perché".encode() * 400])
def test_a_browser_reads_what_was_meant_for_it(message: bytes) -> None:
    device = Device()
    made = encrypt(message, device.browser)
    assert len(made) == len(message) + OVERHEAD
    assert device.read(made) == message


def test_no_other_browser_reads_it() -> None:
    made = encrypt(b"{}", Device().browser)
    with pytest.raises(http_ece.ECEException):
        Device().read(made)


def test_the_same_message_never_looks_the_same() -> None:
    device = Device()
    assert encrypt(b"{}", device.browser) != encrypt(b"{}", device.browser)


KEYS = Device().browser


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        ("!", KEYS.auth),
        (KEYS.p256dh, ""),
        (KEYS.p256dh, KEYS.auth[:-4]),
        (KEYS.p256dh[:-6], KEYS.auth),
        ("B" + "A" * 86, KEYS.auth),
        ("è", "è"),
    ],
    ids=["none", "no base64", "no secret", "a short secret", "short", "no point", "no ASCII"],
)
def test_keys_that_are_none_are_known(p256dh: str, auth: str) -> None:
    with pytest.raises(BadKey):
        encrypt(b"{}", Browser(p256dh, auth))


def test_a_new_key_is_one() -> None:
    key = new_private_key()
    assert len(read(key)) == 32
    assert len(read(public_key(key))) == 65
    assert is_private_key(key)
    assert key != new_private_key()


@pytest.mark.parametrize("key", ["", "abc", "A" * 43, "_" * 43, "è" * 43])
def test_a_key_that_is_none_is_said_so(key: str) -> None:
    assert not is_private_key(key)
    with pytest.raises(BadKey):
        public_key(key)


def claims(header: str) -> dict[str, object]:
    """What a service reads after it checked the signature by the key beside it."""
    scheme, token, key = header.replace(",", "").split(" ")
    assert scheme == "vapid"
    assert token.startswith("t=")
    assert key.startswith("k=")
    point = read(key[2:])
    numbers: dict[str, str | list[str]] = {
        "kty": "EC",
        "crv": "P-256",
        "x": _b64(point[1:33]),
        "y": _b64(point[33:]),
    }
    checked = jwt.decode(token[2:], ECKey.import_key(numbers), algorithms=["ES256"])
    return dict(checked.claims)


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def test_a_service_knows_who_sends() -> None:
    """RFC 8292: audience, end, contact, and a signature by the key that is named."""
    key = new_private_key()
    vapid = Vapid(key, "mailto:web@example.org")
    header = vapid.authorization(SERVICE, NOW)
    assert header.endswith(f"k={public_key(key)}")
    assert claims(header) == {
        "aud": SERVICE,
        "exp": int(NOW) + GOOD_FOR,
        "sub": "mailto:web@example.org",
    }
    assert GOOD_FOR < 24 * 3600


def test_a_token_serves_until_half_of_its_time_is_over() -> None:
    vapid = Vapid(new_private_key(), "mailto:web@example.org")
    first = vapid.authorization(SERVICE, NOW)
    assert vapid.authorization(SERVICE, NOW + GOOD_FOR / 2 - 1) == first
    assert vapid.authorization("https://other.example.org", NOW) != first
    later = NOW + GOOD_FOR / 2
    assert claims(vapid.authorization(SERVICE, later))["exp"] == int(later) + GOOD_FOR


def test_a_clock_that_was_set_back_does_not_leave_a_token_too_long() -> None:
    vapid = Vapid(new_private_key(), "mailto:web@example.org")
    vapid.authorization(SERVICE, NOW + 7 * 24 * 3600)
    assert claims(vapid.authorization(SERVICE, NOW))["exp"] == int(NOW) + GOOD_FOR


def test_strangers_cannot_fill_the_memory_with_services() -> None:
    vapid = Vapid(new_private_key(), "mailto:web@example.org")
    for number in range(1001):
        vapid.authorization(f"https://{number}.example.org", NOW)
    assert len(vapid._tokens) <= 1000


def test_the_private_key_is_not_shown() -> None:
    key = new_private_key()
    vapid = Vapid(key, "mailto:web@example.org")
    assert key not in repr(vapid)
    assert key not in json.dumps(vapid.authorization(SERVICE, NOW))
