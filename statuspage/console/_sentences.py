"""The domain and the channels speak plain English, to programs as to people; here the operators'
pages say their sentences in the reader's language.

A sentence with values in it is known by its form. One that nobody has put here stays as it is,
and a test that reads every sentence an action can raise fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from incidents.locales import Words
from incidents.status import Role
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from statuspage.console._delivery_words import STATES
from statuspage.console._text_faults import ELSE, KINDS, TEXT_FAULTS

LONGEST = 2000
"""Characters; a longer one is no sentence of ours, and is not looked through."""
SENTENCES = (
    N_("nobody signs in as {login}"),
    N_("this link was used already, or is too old; ask for another one"),
    N_("there is no operator {login}; see 'avviso operator list'"),
    N_("there is no operator {login}"),
    N_("{login} may not sign in"),
    N_("choose one of {names}"),
    N_("is too short; use {n} characters or more, such as a few words"),
    N_("is too long; use at most {n} characters"),
    N_("there is no operator {login} who may act"),
    N_("'avviso' is the clock's own login; name a person's"),
    N_("{login} is {role}, which is more than you are"),
    N_("is over already; give a moment to come"),
    N_("there is no {token}; see 'avviso token list'"),
    N_("the token {name} was revoked already"),
    N_("{number} was updated first by {name}, at {time}: look at it again before you publish"),
    N_("the operator {login} is disabled"),
    N_("{login} is {role}; this needs the role {needed} or more"),
    N_("{login} is {role}; approving needs approver"),
    N_("there is no such component; there are {names}"),
    N_(
        "{number} cannot be resolved while this is not operational: {names}; set it to "
        "operational in the same update, or keep it monitoring"
    ),
    N_(
        "monitoring has to say who still cannot use what; leave a component that is not well "
        "yet, or say it in words (even 'everyone can use everything again')"
    ),
    N_(
        "monitoring has to say who still cannot use what; say it in words (even 'everyone "
        "can use everything again')"
    ),
    N_("{key} names another entry already; choose another one"),
    N_("{moment} is over already; it is {now} now"),
    N_("there is no answer {key}"),
    N_("{key} was changed by somebody else: look at it again before you save"),
    N_("a group has at least one component"),
    N_("{key} is taken; choose another one"),
    N_("there is no component group {key}"),
    N_("{key} is {status} already"),
    N_("the answer {key} is not attached there"),
    N_("update {number} was retracted; post a new one"),
    N_("update {number} was retracted already"),
    N_("this update was not made from a template; give texts instead"),
    N_("there is no delivery {number}; see 'avviso deliveries'"),
    N_("look at the network first, then say whether the post is there"),
    N_("delivery {number} is {state}; nothing to retry"),
    N_("delivery {number} is {state}; it cannot be skipped"),
    N_("delivery {number} is {state}, not unconfirmed"),
    N_("has to begin with https://"),
    N_("there is no channel {name}; there are: {names}"),
    N_("{action} is none of {names}"),
    N_("{role} is none of {names}"),
    N_("somebody changed this draft while you read it: read it again"),
    N_("{number} has changed since this draft was written: write it again"),
    N_(
        "{number} speaks of this by now: {names}; post an update there, or look at the draft "
        "again and keep it anew"
    ),
    N_(
        "this has another status since the draft was looked at: {names}; look at it again and "
        "keep it anew"
    ),
    N_("{name} is on duty already"),
    N_("{login} is {role}, and could publish nothing"),
    N_("nobody is on duty"),
    N_("an incident is not declared as {status}"),
    N_("{number} is not an advance notice"),
    N_("the advance notice {number} is over already"),
    N_("an advance notice changes no status; declare an incident"),
    N_("{number} is {kind}; its statuses are {names}"),
    N_("{number} was cancelled; schedule a new one"),
    N_("{number} is {status}: it cannot become {next}"),
    N_("nothing follows {status}; leave it out"),
    N_("{number} is over; attach the answer to the page instead"),
    N_("nothing follows an incident that is over"),
    N_("'avviso' is the clock's own login and cannot be changed"),
    N_("{login} is {role} by now: look again before you save"),
    N_("{login} is disabled already"),
    N_("{login} is not disabled"),
    N_("{key} stands first already"),
    N_("{key} stands last already"),
    N_("{number} is an incident; resolve it instead"),
    N_("{number} is {status}: it is too late to cancel it"),
    N_("{key} was reworded first by {name}, at {time}: look at it again before you save"),
    N_("these are the words already; nothing was changed"),
    N_("{key}: none is shipped to go back to; retire it instead"),
    N_("{key}: the shipped text is in force already"),
    N_("{key}: this one is shipped; it can be reverted, not retired"),
    N_("there is no text {key} of your own"),
    N_("{key}: it is still in use: {names}"),
    N_("the language {names} is missing; write it too"),
    N_("{names} is not a language of the page ({known})"),
    N_("the year {year} is out of range; check it"),
    N_("is after {day}, up to which is counted"),
    N_("has the invisible direction mark U+{code}; remove it"),
    N_("has the control character U+{code}; remove it"),
    N_("should be a number, or unknown"),
    N_("give either a template or texts in every language"),
    N_("give new fields or new texts, or what it says beside them"),
    N_("an incident is declared, not scheduled"),
    N_("is not after starts_at"),
    N_("is not after started_at"),
    N_("belong to a template; own texts have none"),
    N_("{number} has no update {which}; it has 1 to {last}"),
    N_("there is no {which}; see 'avviso incidents'"),
    N_("there is no {which}"),
    N_("this is you: ask another administrator"),
    N_(
        "the second factor was kept under another AVVISO_SECRET_KEY; use a recovery code, or "
        "ask an administrator to remove it"
    ),
    N_("is not a field here"),
    N_("Input should be a valid string"),
    N_("Input should be a valid datetime…"),
    N_("Input should be a valid …"),
    N_("Input should be {names}"),
    N_("String should have at most {n} characters"),
    N_("String should have at most {n} character"),
    N_("String should have at least {n} characters"),
    N_("String should have at least … character"),
    N_("List should have at most {n} items after validation, not …"),
    N_("Dictionary should have at most {n} items after validation, not …"),
    N_("holds the invisible character {code}, which changes the order of reading"),
    N_("holds the control character {code}"),
    N_("must be text"),
    N_("is longer than {n} characters"),
    N_("must be a list of texts"),
    N_("has more than {n} items"),
    N_("must be a number"),
    N_("is not a number that can be shown"),
    N_("cannot be understood: …"),
    N_("must be a date and time, as in {example}"),
    N_("must be a date and time with a time zone"),
    N_("there is no field {name}; the fields are: {names}"),
    N_("has {n} characters; {limit} at most"),
    N_("is {n} long with the longest examples; {limit} at most fit beside a link"),
    N_("own words on {names} need a second person"),
    N_("what the checks found needs a second person: {names}"),
    N_("({label}) must be filled in for {locale}"),
    # What channels say of their networks' own rules.
    N_("X has no edit by API: this is a new post, and the old one stays as it is."),
    N_("X may refuse replies on some plans: then this goes out as a post of its own."),
    N_("X bills a post with a link at about 13 times one without."),
    N_("No picture goes along: it could not show every letter of these words."),
    N_("No picture goes along: text and link together would not fit."),
    N_("The post loses its picture, which may say what was wrong."),
    N_("Facebook keeps the picture as it was, with what was said then."),
    N_("X makes a link of {link}: is a space missing after the full stop?"),
    N_(
        "Bluesky shows readers no edit: this is a reply to the post that it speaks of, and "
        "that one stays as it is."
    ),
    N_("Bluesky shows readers no edit: this is a post of its own, and that one stays as it is."),
    N_("Bluesky shows the link as a card below the text."),
    N_("Facebook edits the post in place, and readers can see that it was edited."),
    N_("A Page has no threads: this is a post of its own."),
    N_(
        "Facebook makes the card of the link; if it cannot read the page, the address is put "
        "below the text."
    ),
    N_("Facebook makes a link of {link}: is a space missing after the full stop?"),
    N_("Mastodon edits the post in place, and shows readers that and how it was edited."),
    N_("Discord edits the message in place, and marks it as edited."),
    N_("A webhook cannot edit here: this is a new message, and the old one stays as it is."),
    N_("Telegram edits the post in place, and marks it as edited."),
    N_("Telegram makes a link of {link}: is a space missing after the full stop?"),
    N_("Matrix edits the post in place, and shows readers that and how it was edited."),
    N_("Nothing can be edited by Apprise: this is a message of its own."),
    N_("A person is asked to do this: {who}"),
    N_("begin with one of: {names}"),
    N_("an answer's key has no '/'"),
    N_("use small letters, digits and '-', {n} at most, as in 'lost-card'"),
    *TEXT_FAULTS,
)
"""Their forms: what an action puts into one stands as {a name} here, and as "…" where only a
programmer has use for it."""

_PLACE = re.compile(r"\\{(\w+)\\}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")
_PLACE_BEFORE = re.compile(
    r"(?:field '(?P<field>\w*)':? |(?P<key>\w+(?:\.\w+)+):? "
    r"|(?P<place>\w+|it stands on the page|#\d+ shows it): )(?P<fault>.+)",
    re.DOTALL,
)
_QUOTED = re.compile(r"'([^']*)'")
_SEVERAL = re.compile(r"'[^']*'(?:(?:, | or )'[^']*')+")
_WHOLE = re.compile(r"'(.*)'|\"(.*)\"", re.DOTALL)


def in_words(words: Words, sentence: str) -> str:
    """A sentence of the domain in the reader's language; as it is where nobody has put it here."""
    known = words.gettext(sentence)
    if known != sentence or len(sentence) > LONGEST:
        return known
    for form, phrase in _forms():
        if found := form.fullmatch(sentence):
            if words.gettext(phrase) == phrase:
                return sentence  # English, or a language that has no words for it yet
            values = {name: _value(words, said) for name, said in found.groupdict().items()}
            return words.gettext(phrase).format_map(values)
    return sentence


def reasons_in_words(words: Words, reasons: str) -> str:
    """Several such sentences, with "; " between them as the domain joins them."""
    whole = in_words(words, reasons)
    if whole != reasons:
        return whole
    return "; ".join(in_words(words, each) for each in reasons.split("; "))


def fault_in_words(words: Words, fault: str) -> str:
    """What is wrong with a text, in the reader's language, behind the names of its places there:
    "fields.delay.type: Field required". What the languages that texts are written in say
    themselves, and nobody has put here, is quoted as theirs."""
    known = in_words(words, fault)
    if known != fault:
        return known
    if found := _PLACE_BEFORE.fullmatch(fault):
        place = found["field"] and f"“{found['field']}”"
        place = place or in_words(words, found["place"] or found["key"])
        return f"{place}: {fault_in_words(words, found['fault'])}"
    quoted = words.gettext(ELSE)
    return fault if quoted == ELSE else quoted.format(says=fault)


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each form as a pattern, those that say most of their own first."""
    ordered = sorted(SENTENCES, key=lambda phrase: -len(re.sub(r"{\w+}", "", phrase)))
    return tuple((re.compile(_pattern(phrase), re.DOTALL), phrase) for phrase in ordered)


def _pattern(phrase: str) -> str:
    return _PLACE.sub(r"(?P<\1>.+?)", re.escape(phrase)).replace("…", ".*?")


def _value(words: Words, said: str) -> str:
    """What stands in a place: statuses and roles in words, an instant as people say it."""
    if _SEVERAL.fullmatch(said):
        return ", ".join(f"“{each}”" for each in _QUOTED.findall(said))
    if quoted := _WHOLE.fullmatch(said):
        return f"“{quoted[1] if quoted[1] is not None else quoted[2]}”"
    told = _told_words()
    parts = said.split(", ")
    if all(part in told for part in parts):
        return ", ".join(words.gettext(told[part]) for part in parts)
    moment = _moment(said, words)
    return words.when(moment) if moment else said


def _moment(said: str, words: Words) -> datetime | None:
    """The domain writes instants by the service's own clock."""
    if not _MOMENT.fullmatch(said):
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=words.zone)
    except ValueError:
        return None  # somebody's own words that look like one


@cache
def _told_words() -> Mapping[str, str]:
    return dict(_pairs())


def _pairs() -> Iterator[tuple[str, str]]:
    yield from ((str(role), str(role)) for role in Role)
    yield from ((str(state), phrase) for state, (_, phrase) in STATES.items())
    yield from ((kind, kind) for kind in KINDS)
    for table in (phrases.KIND, phrases.COMPONENT_STATUS, phrases.STATUS):
        for name, phrase in table.items():
            yield str(name), phrase
            yield f"a {name}", phrase
            yield f"an {name}", phrase
