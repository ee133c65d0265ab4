"""Operators' own words in the place of the shipped ones, in every process, and never half."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import actions, queries
from incidents.actions import Desk
from incidents.actions.wording import SHORT_LIMIT
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible, UpdatedFirst
from incidents.models import Event
from incidents.operators_texts import OperatorsText, own_texts, texts_at, versions
from incidents.texts import ANSWER, NOTICE, TextLibrary, TextName
from incidents.view import PublicAnswer
from tests.conftest import NOON, service
from tests.incidents.builders import declared

COUNTING = TextName(ANSWER, "transaction-counting")
SAFE = TextName(ANSWER, "is-my-data-safe")
DOWN = TextName(NOTICE, "acknowledgement/component-down")
LOST = """\
---
question: "{question}"
---
# short
{short}

# answer
{short}
"""
NEW = {
    "it": LOST.format(question="Ho perso la carta: che cosa faccio?", short="Bloccala in banca."),
    "en": LOST.format(question="I lost my card: what now?", short="Block it at your bank."),
}


def shipped(desk: Desk, name: TextName, locale: str = "it") -> str:
    return desk.texts.source(name, locale)


def changed(desk: Desk, name: TextName, old: str, new: str, locale: str = "it") -> dict[str, str]:
    source = shipped(desk, name, locale)
    assert old in source
    return {locale: source.replace(old, new)}


def reword(
    desk: Desk, name: TextName, sources: Mapping[str, str], actor: str = "ada", **more: object
) -> actions.Outcome:
    data = {"kind": name.kind, "key": name.key, "sources": sources, **more}
    return actions.reword(desk, actor, NOON, data)


def now_in_force(desk: Desk) -> TextLibrary:
    with desk.db.read() as session:
        return texts_at(desk.texts, session)


def safe_in_other_words(desk: Desk) -> dict[str, str]:
    return changed(desk, SAFE, "Non dare a nessuno", "Non dire mai a nessuno")


def standing(desk: Desk, key: str) -> PublicAnswer:
    with desk.db.read() as session:
        view = queries.Reader(session, desk.service, desk.texts, NOON).overview()
    return next(answer for answer in view.answers if answer.key == key)


def test_what_is_reworded_is_used_from_then_on(desk: Desk) -> None:
    actions.attach_answer(desk, "bea", NOON, {"key": SAFE.key})
    assert "Non dare a nessuno" in standing(desk, SAFE.key).short["it"]
    reword(desk, SAFE, safe_in_other_words(desk))
    assert "Non dire mai a nessuno" in standing(desk, SAFE.key).short["it"]
    assert standing(desk, SAFE.key).short["en"] == standing(desk, SAFE.key).short["en"]
    assert now_in_force(desk).answer_keys() == desk.texts.answer_keys()


def test_a_notice_says_the_new_words_and_what_was_published_keeps_the_old(desk: Desk) -> None:
    before = declared(desk, texts=None, template=DOWN.key)
    old = "Stiamo cercando la causa"
    assert old in shipped(desk, DOWN)
    reword(desk, DOWN, changed(desk, DOWN, old, "La causa non è ancora chiara"))
    with desk.db.read() as session:
        first = queries.find_update(session, queries.find_incident(session, "1"), None)
        assert first.template == DOWN.key
        assert old in first.texts["it"]["body"]
    with desk.db.read() as session:
        texts = texts_at(desk.texts, session)
        assert "La causa non è ancora chiara" in texts.usual(DOWN.key, "it").body
    assert before.number == 1


def test_the_library_is_kept_until_something_changes(desk: Desk) -> None:
    assert now_in_force(desk) is desk.texts
    reword(desk, SAFE, safe_in_other_words(desk))
    first = now_in_force(desk)
    assert first is now_in_force(desk)
    reword(desk, COUNTING, changed(desk, COUNTING, "non contano.", "non contano ancora."))
    assert now_in_force(desk) is not first


def test_two_databases_do_not_share_their_words(desk: Desk) -> None:
    """The same number of versions in both: what is asked is the words, not how many there are."""
    reword(desk, SAFE, safe_in_other_words(desk))
    with desk.db.undone() as session:
        row = session.scalars(select(OperatorsText)).one()
        row.stamp, row.sources = "another", {"it": row.sources["it"].replace("mai", "proprio mai")}
        session.flush()
        there = texts_at(desk.texts, session).usual_answer(SAFE.key, "it").short
    assert "proprio mai" in there
    assert "proprio" not in now_in_force(desk).usual_answer(SAFE.key, "it").short


def test_only_languages_that_differ_are_kept(desk: Desk) -> None:
    """So that an upgrade still reaches the others."""
    sources = {**safe_in_other_words(desk), "en": shipped(desk, SAFE, "en")}
    reword(desk, SAFE, sources)
    with desk.db.read() as session:
        assert set(own_texts(session)[SAFE]) == {"it"}
        assert set(versions(session, SAFE)[0].made_from) == {"it", "en"}


def test_every_version_is_kept(desk: Desk) -> None:
    reword(desk, SAFE, safe_in_other_words(desk))
    reword(desk, SAFE, changed(desk, SAFE, "Non dare a nessuno", "Non rivelare a nessuno"))
    actions.revert_text(desk, "ada", NOON, SAFE)
    with desk.db.read() as session:
        kept = versions(session, SAFE)
    assert [row.number for row in kept] == [3, 2, 1]
    assert kept[0].sources == {}
    assert "rivelare" in kept[1].sources["it"]
    assert "mai" in kept[2].sources["it"]


def test_back_to_the_shipped_text(desk: Desk) -> None:
    reword(desk, SAFE, safe_in_other_words(desk))
    actions.revert_text(desk, "ada", NOON, SAFE)
    assert "Non dare a nessuno" in now_in_force(desk).usual_answer(SAFE.key, "it").short
    with pytest.raises(NotPossible, match="in force already"):
        actions.revert_text(desk, "ada", NOON, SAFE)


def test_a_text_of_ones_own(desk: Desk) -> None:
    name = TextName(ANSWER, "lost-card")
    reword(desk, name, NEW)
    assert (
        now_in_force(desk).usual_answer("lost-card", "en").question == "I lost my card: what now?"
    )
    actions.attach_answer(desk, "bea", NOON, {"key": "lost-card"})
    assert standing(desk, "lost-card").question["it"].startswith("Ho perso")
    with pytest.raises(NotPossible, match="still in use: it stands on the page"):
        actions.retire_text(desk, "ada", NOON, name)
    actions.detach_answer(desk, "bea", NOON, "lost-card")
    actions.retire_text(desk, "ada", NOON, name)
    assert "lost-card" not in now_in_force(desk).answer_keys()
    with pytest.raises(NotFound):
        actions.retire_text(desk, "ada", NOON, name)


def test_an_answer_of_an_open_incident_is_not_retired(desk: Desk) -> None:
    reword(desk, TextName(ANSWER, "lost-card"), NEW)
    declared(desk, answers=[{"key": "lost-card"}])
    with pytest.raises(NotPossible, match="#1 shows it"):
        actions.retire_text(desk, "ada", NOON, TextName(ANSWER, "lost-card"))


def test_what_is_shipped_cannot_be_retired_nor_what_is_not_reverted(desk: Desk) -> None:
    with pytest.raises(NotPossible, match="reverted, not retired"):
        actions.retire_text(desk, "ada", NOON, SAFE)
    reword(desk, TextName(ANSWER, "lost-card"), NEW)
    with pytest.raises(NotPossible, match="retire it instead"):
        actions.revert_text(desk, "ada", NOON, TextName(ANSWER, "lost-card"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ known }}", "{{ unknown }}", "answers/is-my-data-safe.it.md:13: unknown name"),
        ("{{ known }}", "{{ known|hash }}", "is-my-data-safe.it.md:13: "),
        ("{{ known }}", "{{ known", "is-my-data-safe.it.md:1"),
        ("# answer", "# reply", "there is no text under '# answer'"),
        ("type: text", "type: word", "is-my-data-safe.it.md:5: fields.known.type"),
        ("    default: Non ci risultano dati persi né visti da altri.\n", "", "its fields differ"),
        ("question: ", "question: [", "is-my-data-safe.it.md:"),
    ],
)
def test_a_fault_is_refused_with_its_line(desk: Desk, old: str, new: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        reword(desk, SAFE, {"it": shipped(desk, SAFE).replace(old, new)})
    assert says in str(refused.value)
    assert now_in_force(desk) is desk.texts


def test_a_text_that_says_nothing_with_its_own_examples_is_refused(desk: Desk) -> None:
    """The pages that show it could not."""
    usual = "Non ci risultano dati persi né visti da altri."
    silent = changed(desk, SAFE, "# short\n", f'# short\n{{% if known != "{usual}" %}}\n')
    silent["it"] = silent["it"].replace("\n\n# answer", "\n{% endif %}\n\n# answer")
    with pytest.raises(InvalidInput, match="'# short' says nothing with these values"):
        reword(desk, SAFE, silent)


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_shipped_text_can_be_shown_with_its_examples(
    library: TextLibrary, locale: str
) -> None:
    assert all(library.usual(key, locale).short for key in library.notice_keys())
    assert all(library.usual_answer(key, locale).short for key in library.answer_keys())


def test_what_fits_no_short_channel_is_refused(desk: Desk) -> None:
    longer = changed(desk, SAFE, "noi non li chiediamo.", "noi non li chiediamo. " + "Mai. " * 40)
    with pytest.raises(InvalidInput, match=f"it.short: is .* {SHORT_LIMIT} at most"):
        reword(desk, SAFE, longer)
    long_headline = changed(desk, DOWN, "# headline\n", f"# headline\n{'Molto ' * 20}")
    with pytest.raises(InvalidInput, match=r"it\.headline: has \d+ characters; 110 at most"):
        reword(desk, DOWN, long_headline)


def test_a_new_text_needs_every_language_and_a_good_key(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match=r"lost-card\.en\.md:1: is missing"):
        reword(desk, TextName(ANSWER, "lost-card"), {"it": NEW["it"]})
    for kind, key in ((ANSWER, "Lost card"), (ANSWER, "a/b"), (NOTICE, "lost"), (NOTICE, "x/y")):
        with pytest.raises(InvalidInput, match=r"^key: "):
            reword(desk, TextName(kind, key), NEW)
    with pytest.raises(InvalidInput, match="fr is not a language of the page"):
        reword(desk, SAFE, {"fr": NEW["en"]})


def test_fields_that_were_filled_in_must_go_on_fitting(desk: Desk) -> None:
    """What stands on the page is worked out again each day: it must never fail there."""
    actions.attach_answer(desk, "bea", NOON, {"key": SAFE.key, "fields": {"known": "Tutto bene."}})
    renamed = {
        locale: shipped(desk, SAFE, locale).replace("known", "found") for locale in ("it", "en")
    }
    with pytest.raises(InvalidInput, match=r"it\.head: it stands on the page: there is no field"):
        reword(desk, SAFE, renamed)
    actions.detach_answer(desk, "bea", NOON, SAFE.key)
    reword(desk, SAFE, renamed)
    actions.attach_answer(desk, "bea", NOON, {"key": SAFE.key, "fields": {"found": "Tutto bene."}})
    with pytest.raises(InvalidInput, match="it stands on the page"):
        actions.revert_text(desk, "ada", NOON, SAFE)


def test_two_who_reword_at_once(desk: Desk) -> None:
    reword(desk, SAFE, safe_in_other_words(desk), version=0)
    other = changed(desk, SAFE, "Non dare a nessuno", "Non rivelare a nessuno")
    with pytest.raises(UpdatedFirst, match="reworded first by Ada, at 12:00"):
        reword(desk, SAFE, other, actor="carlo", version=0)
    with pytest.raises(UpdatedFirst):
        actions.revert_text(desk, "carlo", NOON, SAFE, version=0)
    reword(desk, SAFE, other, actor="carlo", version=1)


def test_the_same_words_again_are_no_version(desk: Desk) -> None:
    with pytest.raises(NotPossible, match="nothing was changed"):
        reword(desk, SAFE, {"it": shipped(desk, SAFE).replace("\n", "\r\n")})
    reword(desk, SAFE, safe_in_other_words(desk))
    with pytest.raises(NotPossible, match="nothing was changed"):
        reword(desk, SAFE, safe_in_other_words(desk))


@pytest.mark.parametrize("actor", ["vera", "bea"])
def test_an_author_may_not(desk: Desk, actor: str) -> None:
    """What a template says unchanged counts as approved."""
    with pytest.raises(NotAllowed):
        reword(desk, SAFE, safe_in_other_words(desk), actor=actor)
    with pytest.raises(NotAllowed):
        actions.revert_text(desk, actor, NOON, SAFE)
    with pytest.raises(NotAllowed):
        actions.retire_text(desk, actor, NOON, SAFE)


def events(desk: Desk) -> list[Event]:
    with desk.db.read() as session:
        found = list(session.scalars(select(Event).order_by(Event.seq)))
        session.expunge_all()
    return found


def test_the_trail_says_who_and_what(desk: Desk) -> None:
    reword(desk, SAFE, safe_in_other_words(desk))
    event = events(desk)[-1]
    assert (event.kind, event.public) == ("text_reworded", False)
    assert event.data == {
        "text": "answer is-my-data-safe",
        "before": 0,
        "after": 1,
        "locales": ["it"],
    }


def test_pages_that_show_an_answer_are_rendered_anew(desk: Desk) -> None:
    incident = declared(desk, answers=[{"key": COUNTING.key}, {"key": SAFE.key}])
    before = len(events(desk))
    later = "Attivazione di {{ day|day }}: gli acquisti valgono dalle {{ moment|when }}"
    old = "Attivazione di {{ day|day }}: gli acquisti contano dalle {{ moment|when }}"
    reword(desk, COUNTING, changed(desk, COUNTING, old, later))
    first, second = events(desk)[before:]
    assert (first.kind, first.public, first.incident_id) == ("text_reworded", True, None)
    assert (second.kind, second.incident_id) == ("answer_reworded", incident.incident_id)
    with desk.db.read() as session:
        touched = queries.touched(session, desk.service, first.seq - 1, NOON, NOON)
        assert touched.home
        assert incident.incident_id in touched.incidents
        reader = queries.Reader(session, desk.service, desk.texts, NOON + timedelta(hours=1))
        view = dict(reader.pages([incident.incident_id or ""]))[incident.incident_id or ""]
        assert view is not None
    answers = view.incident.updates[0].answers
    dates = next(answer.dates["it"] for answer in answers if answer.key == COUNTING.key)
    assert any("gli acquisti valgono" in line for line in dates)
    texts = next(answer.short["it"] for answer in answers if answer.key == COUNTING.key)
    assert texts == desk.texts.usual_answer(COUNTING.key, "it").short, "published words are frozen"


def own_row(desk: Desk, name: TextName, sources: Mapping[str, str]) -> None:
    """As another version of Avviso may have left it."""
    with desk.db.write() as session:
        session.add(
            OperatorsText(
                kind=name.kind,
                key=name.key,
                number=1,
                sources=dict(sources),
                made_from={},
                author_id=queries.operators(session)[0].id,
                at=NOON,
                stamp="of old",
            )
        )


def test_words_that_an_upgrade_made_useless_give_way_to_the_shipped_ones(desk: Desk) -> None:
    own_row(desk, SAFE, {"it": shipped(desk, SAFE).replace("known", "found")})
    found = now_in_force(desk)
    assert found.usual_answer(SAFE.key, "it").short == desk.texts.usual_answer(SAFE.key, "it").short
    assert [field.name for field in found.answer(SAFE.key, "it").fields] == ["known"]
    assert any("is-my-data-safe" in problem for problem in found.problems)


def test_an_answer_without_words_is_left_out_and_the_page_stands(desk: Desk) -> None:
    reword(desk, TextName(ANSWER, "lost-card"), NEW)
    actions.attach_answer(desk, "bea", NOON, {"key": "lost-card"})
    actions.attach_answer(desk, "bea", NOON, {"key": SAFE.key})
    declared(desk, answers=[{"key": "lost-card"}])
    with desk.db.write() as session:
        for row in session.scalars(select(OperatorsText)):
            row.sources, row.stamp = {"it": "---\nbroken"}, "broken"
    with desk.db.read() as session:
        view = queries.Reader(session, desk.service, desk.texts, NOON).overview()
    assert SAFE.key in [answer.key for answer in view.answers]


def test_a_language_that_comes_later_has_the_shipped_words(desk: Desk) -> None:
    reword(desk, SAFE, safe_in_other_words(desk))
    with desk.db.read() as session:
        own = own_texts(session)
    from tests.conftest import ROME, TEMPLATES

    wider = TextLibrary.load(TEMPLATES, ("it", "en", "de"), ROME).with_own(own)
    assert wider.problems == ()
    assert "mai" in wider.usual_answer(SAFE.key, "it").short
    assert wider.usual_answer(SAFE.key, "de").short
    assert service().locales == ("it", "en")
