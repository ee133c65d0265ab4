"""What messages say that come back, whoever wrote them and however broken they are."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.subscribers import BounceKind
from statuspage.bounce_messages import LARGEST, Report, read_report
from statuspage.bounce_tokens import LENGTH
from tests.statuspage._bounced import VERP, complaint, dsn, plain

TOKEN = "a2" * (LENGTH // 2)
TO = VERP.format(token=TOKEN)
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.org>"


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind", "why"),
    [
        ("5.1.1", "smtp; 550 no", BounceKind.NOBODY, "5.1.1"),
        ("5.1.10", "smtp; 556 null MX", BounceKind.NOBODY, "5.1.10"),
        ("5.2.1", "smtp; 550 disabled", BounceKind.NOBODY, "5.2.1"),
        ("5.0.0", "smtp; 550 5.1.1 no such user", BounceKind.NOBODY, "5.1.1"),
        ("5.0.0", "smtp; 550 go away", BounceKind.FAILED, "5.0.0"),
        ("5.1.8", "smtp; 501 bad sender", BounceKind.FAILED, "5.1.8"),
        ("5.2.2", "smtp; 552 full", BounceKind.FAILED, "5.2.2"),
        ("5.7.1", "smtp; 554 spam", BounceKind.FAILED, "5.7.1"),
        ("4.4.7", "smtp; 451 given up", BounceKind.FAILED, "4.4.7"),
        ("", "", BounceKind.FAILED, "failed"),
        ("nonsense ada@example.org", "", BounceKind.FAILED, "failed"),
    ],
)
def test_a_letter_came_back(status: str, diagnostic: str, kind: BounceKind, why: str) -> None:
    assert read_report(dsn(TOKEN, status=status, diagnostic=diagnostic)) == Report(
        kind, (TOKEN,), why
    )


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "", "x"])
def test_what_is_not_over_does_not_count(action: str) -> None:
    assert read_report(dsn(TOKEN, action=action)).kind is None


@pytest.mark.parametrize(
    ("raw", "recipients"),
    [
        (dsn(TOKEN), ()),
        (dsn(TOKEN, original="text/rfc822-headers"), ()),
        (dsn(to=TO), ()),
        (dsn(to=f"<{TO.upper()}>"), ()),
        (dsn(), (TO,)),
        (dsn(), ("", f"<{TO}>")),
        (b"Delivered-To: " + TO.encode() + b"\n" + dsn(), ()),
        (b"X-Original-To: " + TO.encode() + b"\n" + dsn(), ()),
    ],
)
def test_whose_letter_it_was(raw: bytes, recipients: tuple[str, ...]) -> None:
    assert [token.lower() for token in read_report(raw, recipients).tokens] == [TOKEN]


def test_whom_it_came_to_goes_before_what_it_says() -> None:
    inside = "b3" * (LENGTH // 2)
    assert read_report(dsn(inside), (TO,)).tokens == (TOKEN, inside)


@pytest.mark.parametrize(
    ("kind", "complains"),
    [("abuse", True), ("fraud", True), ("not-spam", False), ("auth-failure", False), ("", False)],
)
def test_a_complaint(kind: str, *, complains: bool) -> None:
    report = read_report(complaint(TOKEN, kind))
    assert report.tokens == (TOKEN,)
    assert report.kind == (BounceKind.COMPLAINT if complains else None)


@pytest.mark.parametrize(
    ("sender", "more", "counts"),
    [
        (DAEMON, "", True),
        ("postmaster@mx.example.org", "Auto-Submitted: auto-generated\n", True),
        (DAEMON, "Auto-Submitted: auto-replied\n", False),
        (DAEMON, "Auto-Submitted: auto-notified; owner-email=x\n", False),
        ("Ada <ada@example.org>", "Auto-Submitted: auto-replied\n", False),
        ("Ada <ada@example.org>", "", False),
        ("Ada <ada@example.org>", "X-Autoreply: yes\nPrecedence: auto_reply\n", False),
    ],
)
def test_what_is_no_report(sender: str, more: str, *, counts: bool) -> None:
    report = read_report(plain(sender, TO, more))
    assert report.kind == (BounceKind.FAILED if counts else None)
    assert report.tokens == (TOKEN,)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"Content-Type: message/delivery-status\n\nAction: failed\n",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n!!!\n",
        b'Content-Type: text/rfc822-headers; charset="\xff"\n\nAvviso-Token: x\n',
        b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n)
            for n in range(20_000)
        ),
    ],
)
def test_what_is_broken_says_nothing(raw: bytes) -> None:
    assert read_report(raw).tokens == ()


def test_a_flood_is_cut() -> None:
    assert read_report(b"A: b\n" * LARGEST).kind is None


PIECES = (
    b"Content-Type: ",
    b"multipart/report",
    b"message/delivery-status",
    b"message/rfc822",
    b"message/feedback-report",
    b"text/rfc822-headers",
    b"; boundary=x",
    b"\n",
    b"\n\n",
    b"--x\n",
    b"--x--\n",
    b"Action: failed",
    b"Status: 5.1.1",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: uuencode",
    b"=?utf-8?q?",
    b"Avviso-Token: ",
    b"From: mailer-daemon@",
    b"charset*0*=x''%ff",
)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=30).map(b"".join))
@example(b"\xff: \xff\n\n")
def test_whatever_comes_is_read(raw: bytes) -> None:
    report = read_report(raw, [raw.decode("latin-1")])
    assert len(report.why) < 30
