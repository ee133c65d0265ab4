"""Posting by Apprise: what may be reached, what is told, and what that means."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels import apprise
from publishers.channels._apprise_child import _is_public
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels.apprise import AppriseOptions, Channel, _error
from tests.fakes._service import Answer
from tests.fakes.apprise_json import PASSWORD, FakeJson
from tests.publishers.channels.drivers._base import MESSAGE, message


@pytest.fixture
def service() -> Iterator[FakeJson]:
    with FakeJson() as fake:
        yield fake


def channel(url: str, **options: Any) -> Channel:
    settings: dict[str, Any] = {"name": "a", "kind": "apprise", "locale": "it", "internal": True}
    return Channel(AppriseOptions(**{**settings, **options}), {"url": url}, Path())


def publish(url: str, sent: Message | None = None, **options: Any) -> Receipt:
    made, sent = channel(url, **options), sent or message()
    return made.publish(sent, made.compose(sent))


@pytest.fixture
def child_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a program of some lines in the place of Apprise's."""

    def put(*lines: str) -> None:
        path = tmp_path / "child.py"
        path.write_text("\n".join(("import sys, json", "sys.stdin.readline()", *lines)))
        monkeypatch.setattr(apprise, "_CHILD", path)

    return put


LOADED = """print('{"name": "Any", "longest": 1000}', flush=True); sys.stdin.readline()"""


def test_is_blind_and_its_address_is_the_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("url",)


@pytest.mark.parametrize("limit", [0, 99, 30_001])
def test_settings_are_checked(limit: int) -> None:
    with pytest.raises(ValidationError):
        channel("json://host", limit=limit)


def test_sends_the_text_and_nothing_else(service: FakeJson) -> None:
    receipt = publish(service.secrets["url"])
    assert receipt == Receipt("delivery-1")
    body = service.requests[0].body
    assert (body["title"], body["attachments"]) == ("", [])
    assert service.texts == [f"{MESSAGE.short}\n{MESSAGE.url}"]


def test_nothing_is_escaped_or_made_an_emoji(service: FakeJson) -> None:
    publish(service.secrets["url"], message(short=r"a\nb <b>c</b> :smile: *d*"))
    assert service.texts == [r"a\nb <b>c</b> :smile: *d*" + f"\n{MESSAGE.url}"]


def test_a_correction_follows_and_says_that_it_cannot_edit() -> None:
    sent = message(kind=PublicationKind.CORRECTION, target=Receipt("d"), parent=Receipt("d"))
    post = channel("json://host").compose(sent)
    assert (post.edits, post.replies) == (False, False)
    assert post.notes == ("Nothing can be edited by Apprise: this is a message of its own.",)


@pytest.mark.parametrize("url", ["", "dbus://", "SYSLOG://", "no address", "macosx://x"])
def test_an_address_that_is_none_starts_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(ChannelBroken, match="url"):
        publish(url)


@pytest.mark.parametrize("url", ["nonesuch://host/x", "pover://", "json://"])
def test_an_address_that_apprise_does_not_know_breaks_the_channel(url: str) -> None:
    with pytest.raises(ChannelBroken, match="does not know"):
        channel(url).check()


def test_an_internal_address_is_not_reached_unasked(service: FakeJson) -> None:
    for host in (service.url.partition("//")[2], f"localhost:{service.url.rpartition(':')[2]}"):
        with pytest.raises(ChannelBroken, match="internal") as caught:
            publish(f"json://u:{PASSWORD}@{host}/", internal=False)
        assert PASSWORD not in str(caught.value)
    assert service.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("service.example.it", False),
        ("/run/docker.sock", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert _is_public(address) is public


@pytest.mark.parametrize("more", ["?redirect=yes", "?retry=3&wait=0", "?overflow=split"])
def test_what_the_address_asks_for_is_asked_once(service: FakeJson, more: str) -> None:
    service.always = Answer(302, None, {"Location": f"{service.url}/notify/"})
    with pytest.raises(MaybeSent, match="302"):
        publish(service.secrets["url"] + more)
    assert len(service.requests) == 1


def test_no_secret_stands_in_its_arguments_or_environment(
    service: FakeJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVVISO_OTHER_TOKEN", "of another channel")
    monkeypatch.setenv("APPRISE_URLS", "json://elsewhere")
    started: list[Any] = []
    real = subprocess.Popen

    def noted(arguments: list[str], **options: Any) -> Any:
        started.append((arguments, options["env"]))
        return real(arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", noted)
    publish(service.secrets["url"])
    [(arguments, environment)] = started
    assert PASSWORD not in str((arguments, environment))
    assert not {"AVVISO_OTHER_TOKEN", "APPRISE_URLS"} & set(environment)


def test_check_names_the_service_and_asks_it_nothing(service: FakeJson) -> None:
    assert channel(service.secrets["url"]).check() == "JSON, by Apprise"
    assert service.requests == []


def test_check_sees_that_the_service_takes_less() -> None:
    with pytest.raises(ChannelBroken, match="set limit = 1024"):
        channel("pover://" + "u" * 30 + "@" + "t" * 30, limit=2000).check()


def test_what_is_too_long_for_the_service_is_not_cut_and_not_sent() -> None:
    sent = message(short="x" * 1100)
    with pytest.raises(Rejected, match="takes 1024"):
        publish("pover://" + "u" * 30 + "@" + "t" * 30, sent, limit=2000)


def test_what_is_too_long_even_so_is_not_sent() -> None:
    made = channel("json://host")
    with pytest.raises(Rejected, match="501"):
        made.publish(message(), replace(made.compose(message()), length=501))


@pytest.mark.parametrize("lines", [(), ("print('{', end='')",), ("import nonesuch",)])
def test_a_child_that_cannot_load_has_sent_nothing(child_that: Any, lines: tuple[str, ...]) -> None:
    child_that(*lines)
    with pytest.raises(TryLater, match="loaded"):
        publish("json://host")


@pytest.mark.parametrize("lines", [(LOADED,), (LOADED, "print('{\"tak', flush=True)")])
def test_a_child_that_dies_later_may_have_sent(child_that: Any, lines: tuple[str, ...]) -> None:
    child_that(*lines)
    with pytest.raises(MaybeSent):
        publish("json://host")


def test_python_that_cannot_be_started_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nonesuch/python")
    with pytest.raises(TryLater, match="cannot be started"):
        publish("json://host")


def told(*calls: dict[str, Any], connected: bool = True, **more: Any) -> dict[str, Any]:
    return {"taken": False, "calls": list(calls), "connected": connected, "refused": [], **more}


def status(number: int, retry_after: str = "") -> dict[str, Any]:
    return {"status": number, "retry_after": retry_after}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (told(connected=False), TryLater),
        (told(), MaybeSent),  # no HTTP: an e-mail, an MQTT broker
        (told(status(200)), MaybeSent),  # the service's answer was no good
        (told(status(200), status(401)), MaybeSent),  # one of several took it
        (told({"error": "ReadTimeout", "sent": True}), MaybeSent),
        (told({"error": "ConnectTimeout", "sent": False}), TryLater),
        (
            told(
                {"error": "ReadTimeout", "sent": True}, {"error": "ConnectTimeout", "sent": False}
            ),
            MaybeSent,
        ),
        (told(status(400)), Rejected),
        (told(status(404)), ChannelBroken),
        (told(status(410)), ChannelBroken),
        (told(status(408)), MaybeSent),
        (told(status(500)), MaybeSent),
        (told(status(429)), TryLater),
        (told(refused=["10.0.0.1"], connected=False), ChannelBroken),
        (told(status(503), refused=["10.0.0.1"]), MaybeSent),  # of two addresses one is internal
    ],
)
def test_what_apprise_tells_means(answer: dict[str, Any], error: type[Exception]) -> None:
    assert type(_error(answer)) is error


@pytest.mark.parametrize(
    ("wait", "seconds"), [("7", 7), ("", None), ("soon", None), ("0", None), ("9" * 9, None)]
)
def test_waits_as_long_as_the_service_asks(wait: str, seconds: int | None) -> None:
    error = _error(told(status(429, wait)))
    assert isinstance(error, TryLater)
    assert error.retry_after == (timedelta(seconds=seconds) if seconds else None)
