"""Everything that speaks to the public, typed by an operator, on both databases."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from incidents.db import Database
from incidents.models import Delivery
from incidents.status import DeliveryState
from tests.statuspage.cli._avviso import OWN_WORDS, REASON, Avviso

INCIDENT_KEYS = {
    *("id", "number", "key", "kind", "name", "status", "impact", "started_at", "created_at"),
    *("resolved_at", "scheduled_for", "scheduled_until", "next_update_by", "version"),
    *("components", "updates"),
}
PUBLISHED_KEYS = {
    *("event", "incident_id", "number", "update_number", "publications", "draft_id", "why"),
    *("url", "online", "not_online", "posts", "lists", "findings"),
}
POST_KEYS = {
    *("channel", "kind", "text", "length", "limit", "fallback", "picture"),
    *("waits_for", "waits_until"),
}


EMAIL = """
[email]
host = "127.0.0.1"
port = 9
security = "none"
sender = "Stato <stato@example.it>"
"""


def with_lists(avviso: Avviso) -> None:
    """Let it have subscribers."""
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + EMAIL, encoding="utf-8")


def test_a_template_is_declared_and_online(avviso: Avviso) -> None:
    said = avviso.done(
        *("declare", "--template", "acknowledgement/component-down", "--yes"),
        *("--name", "it=Portafoglio giù", "--name", "en=Wallet down", "--impact", "critical"),
        *("--component", "wallet=major_outage", "--next-update-by", "+30m", "--key", "first"),
    )
    (entry,) = avviso.json("incidents")
    address = f"https://stato.example.it/incidents/{entry['id']}/?u=1"
    assert f"✓ Published: {address}\n" in said
    assert "1 post goes out with the worker" in said
    assert "Non funziona: Portafoglio." in avviso.document(f"incidents/{entry['id']}/index.html")
    assert "Not working: Wallet." in avviso.document(f"en/incidents/{entry['id']}/index.html")
    assert "Portafoglio giù" in avviso.document()
    assert (entry["key"], entry["impact"], entry["status"]) == (
        *("first", "critical", "investigating"),
    )


def test_the_preview_shows_the_very_post_that_goes_out(avviso: Avviso) -> None:
    said = avviso.done(
        *("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--yes"),
        *("--component", "login=degraded_performance"),
    )
    (entry,) = avviso.json("incidents")
    assert said.count(f"https://stato.example.it/incidents/{entry['id']}/?u=1") == 2
    assert "page · it" in said
    assert "page · en" in said
    assert "Accesso lento" in said
    assert "prova · " in said


def test_the_preview_says_what_goes_along_as_a_picture(avviso: Avviso) -> None:
    settings = avviso.folder / "avviso.toml"
    wanting = '\n[[channels]]\nname = "x"\nkind = "x"\nlocale = "it"\npicture = true\n'
    settings.write_text(settings.read_text(encoding="utf-8") + wanting, encoding="utf-8")
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--yes")
    said = " ".join(avviso.done(*words, "--component", "login=degraded_performance").split())
    alt = "App dei servizi pubblici. Stiamo verificando: Lento. Pubblicato alle"
    assert said.count(f"picture: {alt}") == 1
    published = avviso.json(*words, "--component", "wallet=degraded_performance")
    pictures = {post["channel"]: post["picture"] for post in published["posts"]}
    assert pictures["prova"] is None
    assert pictures["x"].startswith(alt)


def test_no_other_kind_takes_the_setting(avviso: Avviso) -> None:
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "picture = true\n", encoding="utf-8")
    assert "channels[0].picture: is not known here" in avviso.refused("incidents")


def test_what_was_published_as_json(avviso: Avviso) -> None:
    published = avviso.declare("--answer", "transaction-counting")
    assert set(published) == PUBLISHED_KEYS
    assert published["online"] is True
    assert published["not_online"] == []
    assert published["draft_id"] is None
    assert [(post["channel"], post["kind"]) for post in published["posts"]] == [
        ("prova", "update"),
        ("prova", "answer"),
    ]
    for post in published["posts"]:
        assert set(post) == POST_KEYS
        assert published["url"] in post["text"]


def test_what_is_published_reaches_lists_as_well(avviso: Avviso) -> None:
    with_lists(avviso)
    avviso.done("subscriber", "add", "anna@example.org", "--consent", "at the counter")
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS)
    published = avviso.json(*words, "--component", "wallet=degraded_performance", "--yes")
    assert [post["channel"] for post in published["posts"]] == ["prova"]
    at_once = {"waits_for": None, "waits_until": None}
    assert published["lists"] == [{"list": "email", "kind": "update", "subscribers": 1, **at_once}]
    said = avviso.done(*words, "--component", "login=degraded_performance", "--yes")
    assert "email: 1 subscriber\n" in said
    assert said.count("email · ") == 2
    assert "[Public services app] Slow: " in said
    assert "You get this e-mail because" in said


def test_the_letter_about_what_is_called_off_says_so(on_sqlite: Avviso) -> None:
    with_lists(on_sqlite)
    planned = ("--starts-at", "2099-01-07T22:00", "--ends-at", "2099-01-07T23:00")
    words = ("--name", "it=Rete", "--name", "en=Network", *OWN_WORDS)
    on_sqlite.done("schedule", *words, *planned, "--yes")
    database = Database(f"sqlite:///{on_sqlite.folder / 'data' / 'avviso.db'}")
    with database.claim() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
    database.close()
    assert "Rete: Annullato" in on_sqlite.done("cancel", "1", "--yes")


def test_a_list_says_until_when_it_waits(on_sqlite: Avviso) -> None:
    with_lists(on_sqlite)
    settings = on_sqlite.folder / "avviso.toml"
    night = 'quiet_hours = "00:00-23:59"\nquiet_below = "critical"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + night, encoding="utf-8")
    (email,) = on_sqlite.declare(component="wallet=degraded_performance")["lists"]
    assert email["waits_for"] == "quiet_hours"
    assert email["waits_until"] is not None


def test_every_entry_as_json(avviso: Avviso) -> None:
    avviso.declare("--next-update-by", "+2h")
    (entry,) = avviso.json("incidents")
    assert set(entry) == INCIDENT_KEYS
    assert datetime.fromisoformat(entry["started_at"]).tzinfo
    assert entry["name"] == {"it": "Portafoglio giù", "en": "Wallet down"}
    assert entry["components"] == [
        {"name": {"it": "Portafoglio", "en": "Wallet"}, "status": "major_outage"}
    ]
    (update,) = entry["updates"]
    assert set(update) == {"number", "status", "at", "texts", "next_update_by"}
    assert set(update["texts"]["it"]) == {"headline", "short", "body"}


def test_a_file_gives_what_options_cannot(avviso: Avviso) -> None:
    (avviso.folder / "notice.toml").write_text(
        """
        key = "file"
        template = "update/no-estimate-yet"
        started_at = 2020-12-08T14:00:00
        [name]
        it = "Dal file"
        en = "From the file"
        [[figures]]
        key = "queue"
        value = 14000
        as_of = 2020-12-08T14:20:00
        unit = { it = "richieste", en = "requests" }
        definition = { it = "Richieste al secondo", en = "Requests a second" }
        source = { it = "I nostri sistemi", en = "Our systems" }
        caveat = { it = "Una persona ne fa più d'una", en = "One person makes several" }
        """,
        encoding="utf-8",
    )
    words = ("declare", "--file", "notice.toml", "--component", "wallet=partial_outage", "--yes")
    avviso.done(*words, "--template", "acknowledgement/component-down")
    (entry,) = avviso.json("incidents")
    assert entry["key"] == "file"
    assert entry["started_at"] == "2020-12-08T13:00:00+00:00", "in the service's own zone"
    home = avviso.document()
    assert "14.000" in home
    assert "Una persona ne fa più d&#39;una" in home
    assert "Non funziona" in home or "Funziona solo in parte" in home, "options win over the file"


def test_a_file_may_be_json(avviso: Avviso) -> None:
    text = {"headline": "Ecco", "body": "**Ecco.**"}
    found = {"name": {"it": "a", "en": "b"}, "texts": {"it": text, "en": text}}
    (avviso.folder / "notice.json").write_text(json.dumps(found), encoding="utf-8")
    avviso.done("declare", "--file", "notice.json", "--component", "login=major_outage", "--yes")
    assert "<strong>Ecco.</strong>" in avviso.document()


def test_a_number_and_a_list_among_the_fields(avviso: Avviso) -> None:
    avviso.declare()
    said = avviso.done("answer", "1", "how-much-and-until-when", "--field", "minimum=7", "--yes")
    assert "7 acquisti" in said
    avviso.done("resolve", "1", "--template", "resolution/recovered", "--yes", *WELL)
    said = avviso.done(
        *("update", "1", "--status", "postmortem", "--template", "postmortem/postmortem", "--yes"),
        *("--field", "cause.it=Troppe richieste.", "--field", "cause.en=Too many requests."),
        *("--field", "changes.it=Più prove.", "--field", "changes.it=Avvisi prima."),
        *("--field", "changes.en=More tests.", "--field", "changes.en=Earlier notices."),
    )
    for text in ("- Più prove.", "- Avvisi prima.", "- More tests.", "- Earlier notices."):
        assert text in said


WELL = ("--component", "wallet=operational")


def test_an_update_an_answer_and_the_end(avviso: Avviso) -> None:
    number = str(avviso.declare()["number"])
    avviso.done("update", number, "--status", "identified", *OWN_WORDS, "--key", "why", "--yes")
    avviso.done("answer", f"#{number}", "is-my-data-safe", "--yes")
    avviso.done(
        *("update", number, "--status", "monitoring", *OWN_WORDS, *WELL, "--note", "vedi ticket"),
        *("--still-cannot", "it=Nessuno.", "--still-cannot", "en=Nobody.", "--yes"),
        *("--do", "it=Paga con la carta.", "--do", "en=Pay by card."),
        *("--do-not", "it=Non riprovare.", "--do-not", "en=Do not retry."),
    )
    avviso.done("resolve", number, "--template", "resolution/recovered", "--yes")
    (entry,) = avviso.json("incidents")
    assert [update["status"] for update in entry["updates"]] == [
        *("resolved", "monitoring", "identified", "investigating"),
    ]
    assert entry["resolved_at"]
    page = avviso.document(f"incidents/{entry['id']}/index.html")
    assert "I miei dati sono al sicuro?" in page
    assert "<strong>Che cosa fare</strong>: <bdi>Paga con la carta.</bdi>" in page
    assert "<strong>Che cosa non fare</strong>: <bdi>Non riprovare.</bdi>" in page
    assert "vedi ticket" not in page
    assert "Nessun problema segnalato" in avviso.document()


def test_a_correction_and_a_retraction(avviso: Avviso) -> None:
    entry = avviso.declare()
    avviso.done("update", "1", *OWN_WORDS, "--key", "second", "--yes")
    avviso.done("correct", "1", "second", *REASON, "--yes", *FIXED)
    avviso.done("correct", "1", "1", *REASON, "--field", "effect.it=Non si vede.", "--yes")
    avviso.done("retract", "1", "2", *REASON, "--yes")
    page = avviso.document(f"incidents/{entry['incident_id']}/index.html")
    assert "Errore." in page
    assert "Non si vede." in page
    kinds = [delivery["kind"] for delivery in avviso.json("deliveries")]
    assert kinds == ["retraction", "correction", "correction", "update", "update"]


def test_a_correction_of_what_stands_beside_the_words(avviso: Avviso) -> None:
    avviso.declare("--do", "it=Aspetta.", "--do", "en=Wait.")
    new = ("--do-not", "it=Non pagare.", "--do-not", "en=Do not pay.", "--no-longer", "do")
    avviso.done("correct", "1", "1", *REASON, *new, "--yes")
    (entry,) = avviso.json("incidents")
    page = avviso.document(f"incidents/{entry['id']}/index.html")
    assert "Non pagare." in page
    stood = page[page.index('class="correction"') :]
    assert "Aspetta." in stood


CARDS = """
[[figures]]
key = "cards"
value = {value}
unit = {{ it = "carte", en = "cards" }}
definition = {{ it = "registrate", en = "registered" }}
source = {{ it = "nostri sistemi", en = "our systems" }}
as_of = 2020-12-07T10:00:00Z
"""


def test_a_correction_of_a_figure(avviso: Avviso, tmp_path: Path) -> None:
    said, right = tmp_path / "said.toml", tmp_path / "right.toml"
    said.write_text(CARDS.format(value=20_000), encoding="utf-8")
    right.write_text(CARDS.format(value=14_000), encoding="utf-8")
    avviso.declare("--file", str(said))
    avviso.done("correct", "1", "1", *REASON, "--file", str(right), "--yes")
    (entry,) = avviso.json("incidents")
    page = avviso.document(f"incidents/{entry['id']}/index.html")
    stood = page.index('class="correction"')
    assert page.index("20.000") > stood
    assert "14.000" in page


FIXED = (
    *("--headline", "it=Accesso fermo", "--headline", "en=No sign-in"),
    *("--body", "it=Scusate.", "--body", "en=Sorry."),
)


def test_planned_work_is_scheduled_and_cancelled(avviso: Avviso) -> None:
    avviso.done(
        *("schedule", "--name", "it=Lavori", "--name", "en=Works", "--key", "works", "--yes"),
        *("--starts-at", "+2h", "--ends-at", "+4h", "--component", "login"),
        *("--template", "advance-notice/maintenance"),
        *("--do", "it=Entra prima.", "--do", "en=Sign in before."),
        *("--do-not", "it=Non aspettare.", "--do-not", "en=Do not wait."),
        *("--answer", "is-my-data-safe", "--note", "Anna"),
    )
    (entry,) = avviso.json("incidents")
    assert (entry["kind"], entry["status"]) == ("maintenance", "scheduled")
    assert "Accesso" in avviso.document()
    page = avviso.document(f"incidents/{entry['id']}/index.html")
    assert "Entra prima." in page
    assert "Non aspettare." in page
    avviso.done("cancel", "works", "--yes")
    (entry,) = avviso.json("incidents", "--open") or avviso.json("incidents")
    assert entry["status"] == "completed"


def test_an_advance_notice_comes_true(avviso: Avviso) -> None:
    avviso.done(
        *("schedule", "--kind", "advance-notice", "--name", "it=Avvio", "--name", "en=Launch"),
        *("--starts-at", "+1h", "--ends-at", "+1d", "--key", "launch", "--yes", "--by-hand"),
        *("--template", "advance-notice/expected-load"),
    )
    avviso.declare("--from-notice", "launch")
    notice = next(entry for entry in avviso.json("incidents") if entry["key"] == "launch")
    assert (notice["kind"], notice["status"]) == ("advance_notice", "completed")


def test_a_draft_is_kept_published_and_thrown_away(avviso: Avviso) -> None:
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS)
    for _ in range(2):
        kept = avviso.json(*words, "--component", "login=partial_outage", "--draft")
        assert kept["publications"] == []
    assert avviso.json("incidents") == []
    first, second = avviso.json("draft", "list")
    assert set(first) == {
        *("id", "action", "why", "created_at", "input"),
        *("needs_approval", "revision", "approved_at"),
    }
    assert first["input"]["components"] == {"login": "partial_outage"}
    assert first["id"] in avviso.done("draft", "list")
    avviso.done("draft", "publish", first["id"], "--yes")
    avviso.done("draft", "discard", second["id"])
    assert avviso.json("draft", "list") == []
    assert len(avviso.json("incidents")) == 1
    assert "Drafts: none" in avviso.done("draft", "list")


def test_a_draft_says_what_publishes_it(avviso: Avviso) -> None:
    said = avviso.done(
        *("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--draft"),
    )
    (draft,) = avviso.json("draft", "list")
    assert f"avviso draft publish {draft['id']}" in said


def test_own_words_wait_for_a_second_person_where_that_is_set(avviso: Avviso) -> None:
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text() + APPROVAL)
    avviso.done("operator", "add", "bea", "--role", "author")
    words = ("--name", "it=Giù", "--name", "en=Down", "--component", "wallet=major_outage")
    said = avviso.done("declare", "--as", "bea", *words, *OWN_WORDS, "--yes")
    assert "Not published: own words" in said
    assert avviso.json("incidents") == []
    (draft,) = avviso.json("draft", "list")
    assert "a second person" in avviso.refused("draft", "publish", draft["id"], "--as", "bea")
    avviso.done("draft", "publish", draft["id"], "--yes")
    assert len(avviso.json("incidents")) == 1


APPROVAL = '\n[approval]\nfrom = "minor"\n'


def test_nothing_is_published_where_nobody_can_be_asked(avviso: Avviso) -> None:
    before = avviso.rows()
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS)
    result = avviso(*words, "--component", "login=partial_outage")
    assert result.exit_code == 1
    assert "Accesso lento" in result.stdout, "the preview is shown all the same"
    assert "add --yes" in result.stderr
    assert json.loads(avviso(*words, "--json").stderr) == {
        "errors": ["this would be published; add --yes where nobody can be asked"]
    }
    assert avviso.rows() == before


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_who_sits_at_a_terminal_is_asked(
    on_sqlite: Avviso, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("statuspage.cli._publish._can_be_asked", lambda: True)
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--json")
    result = on_sqlite(*words, "--component", "login=partial_outage", stdin=answer)
    assert result.exit_code == code
    assert "Publish this now?" in result.stderr
    assert len(on_sqlite.json("incidents")) == (1 if code == 0 else 0)
    if code == 0:
        assert json.loads(result.stdout)["online"], "nothing but JSON on standard output"


def test_texts_are_never_taken_for_markup(on_sqlite: Avviso) -> None:
    words = [word.replace("Accesso lento", "[red]:cat: /]") for word in OWN_WORDS]
    said = on_sqlite.done(
        *("declare", "--name", "it=[b]x", "--name", "en=[/]y", *words, "--yes"),
        *("--component", "login=partial_outage"),
    )
    assert "[red]:cat: /]" in said
    assert "[b]x" in on_sqlite.done("incidents")


def test_what_a_paused_channel_misses_is_said(on_sqlite: Avviso) -> None:
    on_sqlite.done("channel", "pause", "prova", "--why", "prova [b]generale")
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--yes")
    said = on_sqlite.done(*words, "--component", "login=partial_outage")
    assert "prova is paused: prova [b]generale" in said
    assert "prova · " not in said
    assert "out with the worker" not in said
    assert on_sqlite.json("deliveries") == []
    on_sqlite.done("channel", "resume", "prova")
    on_sqlite.done("update", "1", *OWN_WORDS, "--yes")
    assert len(on_sqlite.json("deliveries")) == 1


@pytest.fixture
def no_target(on_sqlite: Avviso) -> Path:
    """A page that cannot be written any more: a file stands where its folder was."""
    page = on_sqlite.folder / "data" / "page"
    page.rename(page.with_name("gone"))
    page.write_text("in the way")
    return page


def test_saved_but_not_yet_online(on_sqlite: Avviso, no_target: Path) -> None:
    words = ("declare", "--name", "it=Lento", "--name", "en=Slow", *OWN_WORDS, "--yes")
    result = on_sqlite(*words, "--component", "login=partial_outage")
    assert result.exit_code == 3
    assert "Saved, not yet online on page: " in result.stderr
    assert "Published" not in result.stdout
    again = on_sqlite("update", "1", *OWN_WORDS, "--yes", "--json")
    assert again.exit_code == 3
    report = json.loads(again.stdout)
    assert report["online"] is False
    assert [problem["target"] for problem in report["not_online"]] == ["page"]
    no_target.unlink()
    on_sqlite.done("update", "1", *OWN_WORDS, "--yes")
    assert on_sqlite.document().count("Accesso lento") >= 1


def test_a_component_that_is_saved_but_not_yet_online(on_sqlite: Avviso, no_target: Path) -> None:
    result = on_sqlite("component", "status", "wallet", "partial_outage")
    assert result.exit_code == 3
    assert "not yet online on page: " in result.stderr
    assert str(no_target) in result.stderr
    assert [row["status"] for row in on_sqlite.json("component", "list")] == [
        "partial_outage",
        "operational",
    ]


def test_what_is_proposed_goes_out_and_own_words_beside_it_wait(avviso: Avviso) -> None:
    settings = avviso.folder / "avviso.toml"
    settings.write_text(settings.read_text() + APPROVAL)
    avviso.done("operator", "add", "bea", "--role", "author")
    bea = ("--as", "bea", "--yes")
    first = ("--template", "acknowledgement/component-down", "--component", "wallet=major_outage")
    avviso.done("declare", *first, *bea)
    (told,) = avviso.json("incidents")
    assert told["name"] == {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"}
    reason = ("--reason", "it=Non è vero", "--reason", "en=It is not true")
    advice = ("--do", "it=Aspetta", "--do", "en=Wait")
    over = ("--started-at", "2020-12-01T09:00", "--resolved-at", "2020-12-01T10:00")
    for waits in (
        ("declare", *first, *advice),
        ("correct", "1", "1", *reason, *advice),
        ("retract", "1", "1", *reason),
        ("backdate", "--name", "it=Ieri", "--name", "en=Yesterday", *over, *first),
    ):
        assert "Not published: own words" in avviso.done(*waits, *bea)
    actions = [draft["action"] for draft in avviso.json("draft", "list")]
    assert actions == ["declare_incident", "correct_update", "retract_update", "backdate_incident"]
    avviso.done("retract", "1", "1", *bea)
    avviso.done("backdate", *over, *first, *bea)
    times = ("--starts-at", "2120-12-01T09:00", "--ends-at", "2120-12-01T10:00")
    plan = ("--template", "advance-notice/maintenance", "--component", "wallet")
    avviso.done("schedule", *times, *plan, *bea)
    names = [entry["name"]["en"] for entry in avviso.json("incidents")]
    assert sorted(names) == [*["Out of service: Wallet"] * 2, "Planned maintenance: Wallet"]
