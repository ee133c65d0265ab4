"""E-mails as mail programs read them: heads, threads, both forms, and nothing smuggled in."""

from __future__ import annotations

import email
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from incidents.errors import InvalidInput
from incidents.status import PublicationKind
from incidents.subscribers import read_email
from incidents.view import PublicText
from publishers.documents._characters import harmless
from publishers.lists import _mail
from publishers.lists._base import Letter, Links
from publishers.lists._mail import CannotBeWritten, Letterhead
from tests.publishers.lists._letters import AT, LINKS, TOKEN, letter, news, page

HEAD = Letterhead("Comune di Esempio <stato@example.org>", "aiuto@example.org", signed=True)


def wire(one: Letter, head: Letterhead = HEAD) -> bytes:
    """A letter as it goes to the relay."""
    if one.news is None:
        mould = _mail.compose_note(page(), head, one, AT)
    else:
        mould = _mail.compose_news(page(), head, one.news, one.locale, one.links)
    return _mail.fill_in(mould, _mail.values_of(one, head.host, "token1"))


def read(one: Letter, head: Letterhead = HEAD) -> EmailMessage:
    """A letter as a mail program understands it; nothing in it is malformed."""
    message = email.message_from_bytes(wire(one, head), policy=default)
    assert isinstance(message, EmailMessage)
    parts = [message, *message.iter_parts()]
    assert [part.defects for part in parts] == [[], [], []]
    assert [fault for part in parts for head in part.values() for fault in head.defects] == []
    return message


def form(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def links_in(message: EmailMessage) -> list[str]:
    page_in_it = document_fromstring(form(message, "html"))
    return [str(link.get("href")) for link in page_in_it.iter("a")]


def test_what_everybody_gets() -> None:
    message = read(letter())
    assert {name: str(value) for name, value in message.items()} == {
        "From": "Comune di Esempio <stato@example.org>",
        "To": "ada@example.org",
        "Reply-To": "aiuto@example.org",
        "Subject": "[App dei servizi pubblici] Portafoglio non disponibile: Causa trovata",
        "Date": "Mon, 07 Dec 2020 20:49:00 +0000",
        "Message-ID": message["Message-ID"],
        "In-Reply-To": message["References"],
        "References": message["References"],
        "List-Id": "<avviso.stato.example.it>",
        "Precedence": "bulk",
        "List-Unsubscribe": f"<{LINKS.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Avviso-Token": "token1",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_avviso"',
        "Content-Language": "it",
    }


def test_the_text_says_all() -> None:
    assert form(read(letter()), "plain") == (
        "App dei servizi pubblici\n\n"
        "Causa trovata: Portafoglio non disponibile\n\n"
        "Il Portafoglio è giù\n\n"
        "Non si apre.\n\n- né carte\n- né IBAN\n\n"
        "Prossimo aggiornamento entro le 22:20 di lunedì 7 dicembre 2020 (ora italiana)\n\n"
        "Tutti i dettagli e le ultime notizie:\n"
        "https://stato.example.it/incidents/incident0001/?u=3\n\n"
        "Pubblicato alle 21:49 di lunedì 7 dicembre 2020 (ora italiana). #42/3\n\n"
        "--\nRicevi questa email perché hai chiesto gli aggiornamenti su "
        "App dei servizi pubblici.\n"
        "Scegli che cosa ricevere:\nhttps://stato.example.it/subscribe/\n"
        f"Disiscriviti:\n{LINKS.unsubscribe}\n"
    )


def test_the_page_says_the_same_and_fetches_nothing() -> None:
    html = form(read(letter()), "html")
    tree = document_fromstring(html)
    assert tree.get("lang") == "it"
    text = " ".join(tree.text_content().split())
    for said in ("Causa trovata: Portafoglio non disponibile", "Non si apre.", "entro le 22:20 di"):
        assert said in text
    assert links_in(read(letter())) == [
        "https://stato.example.it/incidents/incident0001/?u=3",
        LINKS.manage,
        LINKS.unsubscribe,
    ]
    fetching = ("img", "script", "link", "iframe", "object", "video", "audio", "source")
    assert [node.tag for node in tree.iter() if node.tag in fetching] == []
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html


def test_every_language_has_its_own() -> None:
    message = read(letter(locale="en"))
    assert message["Subject"] == "[Public services app] Wallet unavailable: Cause found"
    assert message["Content-Language"] == "en"
    assert "Next update by 22:20 on Monday 7 December 2020" in form(message, "plain")


def test_a_text_that_was_not_translated_is_marked() -> None:
    told = news(texts={"it": PublicText("Solo qui", "Breve", "Solo in italiano.")})
    html = form(read(letter(locale="en", news=told)), "html")
    assert '<div lang="it">' in html


def test_an_incident_is_one_thread_per_subscriber() -> None:
    def ids(address: str, **changed: Any) -> tuple[str, str | None]:
        key = f"{changed.get('key', 'publication1')}.{address}"
        message = read(letter(address, key=key, news=news(**changed)))
        return message["Message-ID"], message["References"]

    first, none = ids("ada@example.org", key="p1", first=True)
    second, named = ids("ada@example.org", key="p2")
    third, named_again = ids("ada@example.org", key="p3")
    assert none is None
    assert named == named_again == first
    assert len({first, second, third}) == 3
    assert ids("ada@example.org", key="p2") == (second, named)
    others, of_others = ids("bea@example.org", key="p2")
    assert others != second
    assert of_others != first
    assert ids("ada@example.org", key="p4", entry="incident0002")[1] != first


def test_a_components_change_is_no_thread() -> None:
    alone = read(letter(news=news(entry="", first=True)))
    other = read(letter(key="another", news=news(entry="", first=True)))
    assert alone["References"] is None
    assert alone["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize(
    ("kind", "mark", "says"),
    [
        (PublicationKind.CORRECTION, "Correzione", "Questo messaggio corregge"),
        (PublicationKind.RETRACTION, "Ritirato", "Ritiriamo quello che avevamo scritto."),
        (PublicationKind.REMINDER, "Promemoria", ""),
        (PublicationKind.ANSWER, "Risposta", ""),
    ],
)
def test_it_says_what_it_is(kind: PublicationKind, mark: str, says: str) -> None:
    message = read(letter(news=news(kind=kind, reasons={"it": "Orario <sbagliato>."})))
    assert message["Subject"].endswith(f"Portafoglio non disponibile: {mark}")
    assert f"{mark}: Portafoglio" in form(message, "plain")
    assert says in form(message, "plain")
    assert says in form(message, "html")
    assert "Orario <sbagliato>." in form(message, "plain")
    assert "Orario &lt;sbagliato&gt;." in form(message, "html")


def test_a_headline_that_is_the_name_is_said_once() -> None:
    told = PublicText("Accesso lento", "Lento.", "Stiamo cercando.")
    message = read(letter(news=news(names={"it": "Accesso lento"}, texts={"it": told})))
    assert form(message, "plain").count("Accesso lento") == 1


def test_words_taken_back_are_not_said_once_more() -> None:
    message = read(letter(news=news(kind=PublicationKind.RETRACTION, reasons={"it": "Errore."})))
    for said in (form(message, "plain"), form(message, "html")):
        assert "né IBAN" not in said
        assert "giù" not in said
        assert "22:20" not in said


def test_what_a_machine_wrote_says_so() -> None:
    assert "Avviso automatico. Pubblicato" in form(read(letter(news=news(automatic=True))), "plain")
    assert "Avviso automatico" not in form(read(letter()), "plain")


@pytest.mark.parametrize(
    ("about", "links", "subject"),
    [
        ("confirm", Links(confirm="https://s.it/subscriptions/confirm/abc"), ""),
        (
            "confirm",
            Links(confirm="https://s.it/confirm/abc"),
            "https://hooks.example.org/a?b=c&d=e",
        ),
        ("manage", Links(manage="https://s.it/manage/abc"), ""),
        ("stopped", Links(manage="https://s.it/manage/abc"), "https://hooks.example.org/"),
    ],
)
@pytest.mark.parametrize("locale", ["it", "en", "de"])
def test_letters_about_a_subscription(about: str, links: Links, subject: str, locale: str) -> None:
    one = letter(news=None, about=about, links=links, subject=subject, locale=locale)
    message = read(one)
    text = form(message, "plain")
    link = links.confirm or links.manage
    assert f"\n\n{link}\n" in text
    assert links_in(message) == [link]
    assert subject in text
    assert message["List-Unsubscribe"] is None
    assert message["List-Id"] is None
    assert message["References"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert "{" not in message["Subject"] + text
    assert text.strip().splitlines()[0] != message["Subject"]


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("it", "Il link di conferma vale 48 ore."),
        ("en", "The link that confirms is good for 48 hours."),
    ],
)
def test_it_says_for_how_long_one_can_confirm(locale: str, says: str) -> None:
    links = Links(confirm="https://s.it/subscriptions/confirm/abc")
    one = letter(news=None, about="confirm", links=links, locale=locale)
    assert f"\n\n{says}\n" in form(read(one), "plain")


def test_a_letter_about_a_subscription_may_be_left_in_one_click() -> None:
    links = Links(manage="https://s.it/m/abc", unsubscribe="https://s.it/u/abc")
    message = read(letter(news=None, about="manage", links=links))
    assert message["List-Unsubscribe"] == "<https://s.it/u/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_letter_that_nobody_knows_is_not_written() -> None:
    with pytest.raises(CannotBeWritten, match="of the kind “hello”"):
        wire(letter(news=None, about="hello"))


def test_it_is_small_and_every_line_is_short() -> None:
    longest = "Chi deve pagare oggi può farlo allo sportello, senza costi né more. " * 60
    told = news(texts={"it": PublicText("È giù " * 20, "", longest)})
    sent = wire(letter(news=told))
    assert len(wire(letter())) < 8_000
    assert len(sent) < 25_000
    assert sent.isascii()
    assert re.search(rb"[^\r]\n|\r[^\n]", sent) is None
    for line in sent.split(b"\r\n"):
        assert len(line) <= 78 or line.startswith((b"List-Unsubscribe:", b"Subject:")), line


def test_a_very_long_link_is_whole() -> None:
    link = f"https://stato.example.it/subscriptions/unsubscribe/{TOKEN * 8}?a=b&c=d=."
    message = read(letter(links=Links(unsubscribe=link)))
    assert f"\n{link}\n" in form(message, "plain")
    assert link in [
        node.get("href") for node in document_fromstring(form(message, "html")).iter("a")
    ]
    assert message["List-Unsubscribe"] == f"<{link}>"


@pytest.mark.parametrize(
    "name",
    [
        "Comune di Esempio",
        "Città metropolitana, ufficio “stato” (prova)",
        '"Comune, ufficio; stato"',
        "Comune\r\nBcc: mallory@example.net",
        "市役所 " * 12,
        "",
    ],
)
def test_a_sender_with_an_odd_name(name: str) -> None:
    quoted = name if name.startswith('"') or not name else f'"{name}"'
    head = Letterhead(f"{quoted} <stato@example.org>")
    message = read(letter(), head)
    (mailbox,) = message["From"].addresses
    assert mailbox.addr_spec == "stato@example.org"
    # Not by the newer parser, which keeps the white space between encoded words (RFC 2047, 6.2).
    raw = email.message_from_bytes(wire(letter(), head))["From"]
    shown = str(make_header(decode_header(raw))).rpartition("<")[0]
    assert shown.strip().strip('"') == " ".join(name.strip('"').split())
    assert message["Bcc"] is None


def test_a_host_is_written_as_the_dns_knows_it() -> None:
    message = read(letter("ada@città.example"), Letterhead("A <stato@città.example>"))
    assert message["From"].addresses[0].domain == "xn--citt-3na.example"
    assert message["To"] == "ada@xn--citt-3na.example"
    assert message["Message-ID"].endswith("@xn--citt-3na.example>")


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: mallory@example.net",
        "ada@example.org, bea@example.org",
        "<ada@example.org>",
        "ada",
        "",
        "ada@",
        "ada example@example.org",
        "ada@example.org>\r\nRCPT TO:<bea@example.org",
        "a\x00da@example.org",
    ],
)
def test_what_is_no_address_gets_no_letter(address: str) -> None:
    with pytest.raises(CannotBeWritten) as caught:
        wire(letter(address))
    assert "@" not in str(caught.value)


@given(
    name=st.text(min_size=1, max_size=60), body=st.text(max_size=200), reason=st.text(max_size=40)
)
def test_no_words_break_out(name: str, body: str, reason: str) -> None:
    told = news(
        kind=PublicationKind.CORRECTION,
        names={"it": name},
        texts={"it": PublicText(name, "", body)},
        reasons={"it": reason},
    )
    message = read(letter(news=told))
    assert message.keys() == read(letter()).keys()
    assert message["To"] == "ada@example.org"
    said = " ".join(harmless(name).split())
    assert message["Subject"] == f"[App dei servizi pubblici] {said}: Correzione"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert LINKS.unsubscribe in form(message, "plain")
    assert links_in(message)[-1] == LINKS.unsubscribe
    assert "\x00" not in form(message, "plain")


@given(st.emails())
def test_every_address_that_may_subscribe_can_be_written_to(typed: str) -> None:
    try:
        address = read_email(typed)
    except InvalidInput:
        return
    sent = wire(letter(address))
    assert f"To: {address}\r\n".encode() in sent
    assert sent.count(b"\r\nTo: ") == 1


def test_words_that_look_like_gaps_stay_words() -> None:
    told = news(names={"it": "to@gap.invalid {thread} \x00unsubscribe\x00 =_avviso --=_avviso"})
    message = read(letter(news=told))
    assert "to@gap.invalid {thread} unsubscribe =_avviso --=_avviso" in message["Subject"]
    assert form(message, "plain").count(LINKS.unsubscribe) == 1


def test_the_same_letter_is_the_same_bytes() -> None:
    assert wire(letter()) == wire(letter())
