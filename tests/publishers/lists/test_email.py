"""The e-mail list against a real SMTP server that goes wrong in every way that relays do."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from publishers.channels._base import ChannelBroken, TryLater
from publishers.lists import _pool, _smtp, _work
from publishers.lists._base import Carried, Gone, Later, Refused, Taken
from publishers.lists.email import LIMIT, EmailOptions, List
from tests.publishers.lists._letters import letter, letters, news, page
from tests.publishers.lists._server import (
    CUT,
    HANG,
    PASSWORD,
    Behaviour,
    closed_port,
    relay,
    saying,
    silent,
)
from tests.statuspage._certificate import certify

Make = Callable[..., List]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes lists, and closes them in the end."""
    made: list[List] = []

    def one(port: int, token_of: Callable[[str], str] | None = None, **options: Any) -> List:
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "sender": "Comune di Esempio <stato@example.org>",
            "security": "none",
            "connections": 1,
            "timeout": 5.0,
        }
        made.append(List(EmailOptions(port=port, **{**usual, **options}), page(), token_of))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this process trusts."""
    certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "page.pem"))
    return tmp_path


def kinds(carried: Carried) -> list[str]:
    return [type(outcome).__name__ for outcome in carried.outcomes]


def why(carried: Carried, place: int = 0) -> str:
    outcome = carried.outcomes[place]
    assert isinstance(outcome, Later | Refused | Gone)
    return outcome.why


@pytest.mark.parametrize("pipelining", [True, False])
def test_letters_arrive(make: Make, *, pipelining: bool) -> None:
    with relay(Behaviour(pipelining=pipelining)) as server:
        carried = make(server.port).carry(letters(5))
        assert carried == Carried([Taken()] * 5)
        assert server.behaviour.recipients() == [f"person{n}@example.org" for n in range(5)]
        assert {sent.mail_from for sent in server.behaviour.taken} == {"stato@example.org"}
        sent = email.message_from_bytes(server.behaviour.taken[0].original_content or b"")
        assert sent["To"] == "person0@example.org"
        kinds_in = [part.get_content_type() for part in sent.walk()]
        assert kinds_in == ["multipart/alternative", "text/plain", "text/html"]


def test_lines_that_begin_with_a_dot_are_whole(make: Make) -> None:
    told = news(names={"it": "A\n.\nB"}, urls={"it": "https://x.it/\n.\n..\r\n.dot"})
    with relay() as server:
        assert kinds(make(server.port).carry([letter(news=told), letter("b@x.it")])) == [
            "Taken",
            "Taken",
        ]
        said = server.behaviour.taken[0].original_content or b""
        assert b"\r\n=2E\r\n..\r\n.dot" in said


def test_one_connection_is_used_again(make: Make) -> None:
    with relay() as server:
        mails = make(server.port)
        for _ in range(3):
            assert mails.carry(letters(3)).stopped is None
        assert server.behaviour.connections == 1
        assert len(server.behaviour.taken) == 9


def test_a_large_batch_goes_by_several(make: Make) -> None:
    with relay() as server:
        carried = make(server.port, connections=3).carry(letters(60))
        assert kinds(carried) == ["Taken"] * 60
        assert len(set(server.behaviour.recipients())) == 60
        assert 1 <= server.behaviour.connections <= 3


def test_a_worn_connection_is_left(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_smtp, "MOST_LETTERS", 4)
    with relay() as server:
        assert kinds(make(server.port).carry(letters(10))) == ["Taken"] * 10
        assert server.behaviour.connections == 3


def test_an_idle_connection_that_the_relay_closed_is_not_used(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_smtp, "_SURE_FOR", 0.0)
    with relay() as server:
        mails = make(server.port)
        mails.carry(letters(1))
        (idle,) = mails._pool._idle
        idle._client.sock.shutdown(2)  # type: ignore[union-attr]
        assert kinds(mails.carry(letters(2))) == ["Taken"] * 2
        assert server.behaviour.connections == 2


def test_an_idle_connection_that_broke_unseen_costs_no_letter(make: Make) -> None:
    with relay() as server:
        mails = make(server.port)
        mails.carry(letters(1))
        (idle,) = mails._pool._idle
        idle._client.sock.shutdown(2)  # type: ignore[union-attr]
        assert kinds(mails.carry(letters(2))) == ["Taken"] * 2


def test_idle_connections_are_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with relay() as server:
        mails = make(server.port)
        mails.carry(letters(1))
        (idle,) = mails._pool._idle
        mails._pool._sweep()
        assert mails._pool._idle == [idle]
        monkeypatch.setattr(_pool, "IDLE", -1.0)
        mails._pool._sweep()
        assert mails._pool._idle == []
        assert kinds(mails.carry(letters(1))) == ["Taken"]
        assert server.behaviour.connections == 2


def test_each_letter_comes_back_to_an_address_of_its_own(make: Make) -> None:
    with relay() as server:
        mails = make(
            server.port, lambda address: f"of-{address[:7]}", bounces="bounces@example.org"
        )
        mails.carry(letters(2))
        assert [sent.mail_from for sent in server.behaviour.taken] == [
            "bounces+of-person0@example.org",
            "bounces+of-person1@example.org",
        ]
        sent = email.message_from_bytes(server.behaviour.taken[1].original_content or b"")
        assert sent["Avviso-Token"] == "of-person1"


@pytest.mark.parametrize(
    ("options", "sender"),
    [
        ({"bounces": "b@example.org", "sub_addresses": False}, "b@example.org"),
        ({"bounces": f"{'b' * 62}@example.org"}, f"{'b' * 62}@example.org"),
        ({}, "stato@example.org"),
    ],
)
def test_without_sub_addresses_all_come_back_to_one(
    make: Make, options: dict[str, Any], sender: str
) -> None:
    with relay() as server:
        make(server.port, lambda _: "token", **options).carry(letters(1))
        assert server.behaviour.taken[0].mail_from == sender


# One letter


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 <person1@example.org>: no such user here", "Gone"),
        ("550 5.1.10 null MX", "Gone"),
        ("550 No such user person1@example.org", "Gone"),
        ("551 User not local", "Gone"),
        ("550 5.7.1 not wanted", "Refused"),
        ("550 relaying denied", "Refused"),
        ("554 5.7.1 person1@example.org: Relay access denied", "Refused"),
        ("552 5.2.2 mailbox full", "Refused"),
        ("450 4.2.0 greylisted", "Later"),
        ("452 4.5.3 too many recipients", "Later"),
    ],
)
def test_what_is_wrong_with_one_recipient(
    make: Make, answer: str, outcome: str, *, pipelining: bool
) -> None:
    def of(address: str) -> str:
        return answer if address.startswith("person1@") else "250 OK"

    with relay(Behaviour(pipelining=pipelining, recipient=of)) as server:
        carried = make(server.port).carry(letters(4))
        assert kinds(carried) == ["Taken", outcome, "Taken", "Taken"]
        assert carried.stopped is None
        assert answer[:3] in why(carried, 1)
        assert "person1" not in why(carried, 1)
        assert len(server.behaviour.taken) == 3


def test_a_relay_that_waits_for_a_letter_to_nobody(make: Make) -> None:
    """Some answer 354 though no recipient was taken (RFC 2920, 3.1)."""
    lines = (
        *("220 relay", "250-relay\r\n250 PIPELINING"),
        *("250 sender\r\n550 5.1.1 nobody\r\n354 go on", "", "", "554 no recipients", "250 reset"),
    )
    with saying(*lines) as port:
        mails = make(port)
        assert kinds(mails.carry(letters(1))) == ["Gone"]
        mails.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("552 5.3.4 too large", "Refused"),
        ("554 5.7.1 looks like spam", "Refused"),
        ("550 5.1.1 no such user", "Gone"),
        ("550 no such user", "Refused"),
        ("451 4.3.0 try later", "Later"),
        ("250 2.0.0 queued", "Taken"),
    ],
)
def test_what_is_wrong_with_one_letter(make: Make, answer: str, outcome: str) -> None:
    def of(came: int) -> str:
        return answer if came == 1 else "250 OK"

    with relay(Behaviour(letter=of)) as server:
        carried = make(server.port).carry(letters(3))
        assert kinds(carried) == ["Taken", outcome, "Taken"]
        assert carried.stopped is None


def test_an_address_beyond_ascii(make: Make) -> None:
    with relay() as server:
        assert kinds(make(server.port).carry([letter("città@example.org")])) == ["Taken"]
        assert "MAIL stato@example.org SMTPUTF8 BODY=8BITMIME" in server.behaviour.commands
    with relay(Behaviour(smtputf8=False)) as server:
        carried = make(server.port).carry([letter("città@example.org"), letter("b@example.org")])
        assert kinds(carried) == ["Refused", "Taken"]
        assert "SMTPUTF8" in why(carried)
        assert "città" not in why(carried)


def test_a_letter_that_is_too_large_is_not_even_tried(make: Make) -> None:
    with relay(Behaviour(size=1000)) as server:
        carried = make(server.port).carry(letters(2))
        assert kinds(carried) == ["Refused"] * 2
        assert why(carried) == "the relay takes no letters of more than 1000 bytes"
        assert server.behaviour.commands == []


def test_what_is_no_address_is_refused(make: Make) -> None:
    with relay() as server:
        bad = letter("ada@example.org>\r\nRCPT TO:<bea@example.org")
        carried = make(server.port).carry([bad, *letters(1)])
        assert kinds(carried) == ["Refused", "Taken"]
        assert server.behaviour.recipients() == ["person0@example.org"]


# The whole relay


def test_nobody_is_there(make: Make) -> None:
    carried = make(closed_port()).carry(letters(3))
    assert kinds(carried) == ["Later"] * 3
    assert isinstance(carried.stopped, TryLater)
    assert str(carried.stopped) == "the relay 127.0.0.1 cannot be reached: Connection refused"


def test_it_takes_connections_and_says_nothing(make: Make) -> None:
    with silent() as port:
        carried = make(port, timeout=0.1).carry(letters(3))
    assert kinds(carried) == ["Later"] * 3
    assert str(carried.stopped) == "the relay 127.0.0.1 does not answer in time"


def test_it_says_hello_and_no_more(make: Make) -> None:
    with saying("220 relay", "") as port:
        carried = make(port, timeout=0.1).carry(letters(1))
    assert isinstance(carried.stopped, TryLater)
    assert str(carried.stopped) == "the relay 127.0.0.1 does not answer in time"


@pytest.mark.parametrize("banner", ["554 no service here", "421 busy", "HTTP/1.1 400 Bad Request"])
def test_it_does_not_want_us(make: Make, banner: str) -> None:
    with saying(banner) as port:
        carried = make(port).carry(letters(1))
    assert isinstance(carried.stopped, TryLater)
    assert kinds(carried) == ["Later"]


@pytest.mark.parametrize("answer", [HANG, CUT])
@pytest.mark.parametrize("stage", ["sender", "recipient", "letter"])
def test_it_hangs_or_hangs_up_on_the_way(make: Make, stage: str, answer: str) -> None:
    with relay(Behaviour(**{stage: lambda _: answer})) as server:  # type: ignore[arg-type]
        carried = make(server.port, timeout=0.2).carry(letters(4))
        assert kinds(carried) == ["Later"] * 4
        assert isinstance(carried.stopped, TryLater)
        expected = "does not answer in time" if answer == HANG else "hung up"
        assert expected in str(carried.stopped)
        in_doubt = "the relay did not say whether it took the letter"
        assert (why(carried) == in_doubt) == (stage == "letter")


def test_a_connection_that_is_cut_costs_one_letter_a_delay(make: Make) -> None:
    with relay(Behaviour(letter=lambda came: CUT if came == 2 else "250 OK")) as server:
        carried = make(server.port).carry(letters(6))
        assert sorted(kinds(carried)) == ["Later"] + ["Taken"] * 5
        assert carried.stopped is None
        assert server.behaviour.connections == 2


def test_a_letter_that_breaks_connections_is_put_off(make: Make) -> None:
    def of(address: str) -> str:
        return CUT if address.startswith("person1@") else "250 OK"

    with relay(Behaviour(recipient=of)) as server:
        carried = make(server.port).carry(letters(5))
        assert kinds(carried)[1] == "Later"
        assert len(server.behaviour.taken) == 4


def test_it_goes_to_rest_on_the_way(make: Make) -> None:
    busy = "421 4.7.0 too many errors"
    with relay(Behaviour(recipient=lambda to: busy if "2@" in to else "250 OK")) as server:
        carried = make(server.port).carry(letters(4))
        assert len(server.behaviour.taken) == 3
        assert kinds(carried)[2] == "Later"


def test_it_takes_nothing_now(make: Make) -> None:
    with relay(Behaviour(sender=lambda _: "452 4.3.1 no space")) as server:
        carried = make(server.port).carry(letters(3))
        assert kinds(carried) == ["Later"] * 3
        assert isinstance(carried.stopped, TryLater)


def test_it_does_not_take_our_sender(make: Make) -> None:
    refusal = "553 5.7.1 <stato@example.org>: not yours"
    with relay(Behaviour(sender=lambda _: refusal)) as server:
        carried = make(server.port).carry(letters(3))
        assert kinds(carried) == ["Later"] * 3
        assert isinstance(carried.stopped, ChannelBroken)
        assert "stato@" not in str(carried.stopped)


def test_a_relay_that_refuses_everybody_costs_no_subscriber(make: Make) -> None:
    with relay(Behaviour(recipient=lambda _: "550 5.1.1 no such user")) as server:
        mails = make(server.port)
        few = mails.carry(letters(_work.SUSPICIOUS - 1))
        assert kinds(few) == ["Gone"] * (_work.SUSPICIOUS - 1)
        assert few.stopped is None
        many = mails.carry(letters(_work.SUSPICIOUS))
        assert kinds(many) == ["Later"] * _work.SUSPICIOUS
        assert "refuses every letter: nobody is there: 550 5.1.1" in str(many.stopped)


def test_a_slow_relay_does_not_hold_a_batch_for_ever(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay() as server:
        monkeypatch.setattr(_work, "BUDGET", -1.0)
        carried = make(server.port).carry(letters(3))
        assert kinds(carried) == ["Later"] * 3
        assert carried.stopped is None
        assert why(carried) == "the relay took too long"


# Signing in


def sign_in(**options: Any) -> dict[str, Any]:
    return {"user": "avviso", "password": PASSWORD, "security": "starttls", **options}


def test_starttls_and_password(make: Make, certificate: Path) -> None:
    options: dict[str, Any] = {"auth_required": True, "require_starttls": True}
    with relay(certificate=certificate, **options) as server:
        mails = make(server.port, **sign_in())
        assert kinds(mails.carry(letters(12))) == ["Taken"] * 12
        assert mails.check() == f"127.0.0.1:{server.port}, signed in as avviso"


def test_tls_from_the_beginning(make: Make, certificate: Path) -> None:
    with relay(certificate=certificate, tls_at_once=True) as server:
        mails = make(server.port, security="tls")
        assert kinds(mails.carry(letters(2))) == ["Taken"] * 2
        assert mails.check() == f"127.0.0.1:{server.port}"


def test_a_wrong_password(make: Make, certificate: Path) -> None:
    with relay(certificate=certificate) as server:
        mails = make(server.port, **sign_in(password="wrong secret"))
        carried = mails.carry(letters(2))
        assert kinds(carried) == ["Later"] * 2
        assert isinstance(carried.stopped, ChannelBroken)
        assert "does not let us sign in: 535" in str(carried.stopped)
        assert "wrong secret" not in str(carried.stopped)
        with pytest.raises(ChannelBroken, match="535"):
            mails.check()


def test_a_password_that_smtp_cannot_say(make: Make, certificate: Path) -> None:
    with relay(certificate=certificate) as server:
        mails = make(server.port, **sign_in(password="perché"))
        with pytest.raises(ChannelBroken, match="must be ASCII") as caught:
            mails.check()
        assert "perch" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_relay_that_wants_to_know_us(make: Make, certificate: Path) -> None:
    options: dict[str, Any] = {"auth_required": True, "auth_require_tls": False}
    with relay(certificate=certificate, **options) as server:
        carried = make(server.port).carry(letters(1))
        assert isinstance(carried.stopped, ChannelBroken)
        assert "530" in str(carried.stopped)


def test_a_relay_without_starttls_gets_no_password(make: Make) -> None:
    broken = pytest.raises(ChannelBroken, match="offers no STARTTLS")
    with relay(auth_require_tls=False) as server, broken:
        make(server.port, **sign_in()).check()


def test_a_certificate_of_somebody_else(make: Make, tmp_path: Path) -> None:
    certify(tmp_path)
    with relay(certificate=tmp_path) as server:
        carried = make(server.port, **sign_in()).carry(letters(1))
        assert isinstance(carried.stopped, ChannelBroken)
        assert "certificate of the relay 127.0.0.1 does not hold" in str(carried.stopped)
        assert server.behaviour.commands == []


def test_a_certificate_for_another_name(make: Make, certificate: Path) -> None:
    broken = pytest.raises(ChannelBroken, match="does not hold")
    with relay(certificate=certificate) as server, broken:
        make(server.port, host="localhost", security="starttls").check()


# Before publishing


def test_the_preview_is_what_goes_out(make: Make) -> None:
    with relay() as server:
        mails = make(server.port)
        shown = mails.preview(news(), "it")
        mails.carry([letter()])
        sent = server.behaviour.taken[0].original_content or b""
        assert shown.text.startswith(
            "[App dei servizi pubblici] Portafoglio non disponibile: Causa trovata\n\n"
        )
        assert "né IBAN" in shown.text
        assert "\x00" not in shown.text
        assert abs(shown.length - len(sent)) < 600
        assert shown.limit == LIMIT


def test_options_keep_their_secrets() -> None:
    assert "geheim" not in repr(EmailOptions("relay", "a@b.it", password="geheim"))
