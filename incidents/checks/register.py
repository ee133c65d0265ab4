"""Every check: its id, what it does, why, what helps, and how severe it is when nothing is set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from incidents.checks import _facts as facts
from incidents.checks import _wording as wording
from incidents.checks.model import Found, Notice, Severity
from incidents.checks.words import Words

STOP, WARN = Severity.STOP, Severity.WARN


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for. `reason` and `fix` are phrases for a catalogue."""

    id: str
    severity: Severity
    reason: str
    fix: str
    find: Callable[[Notice, Mapping[str, Words]], Iterator[Found]]


def _alone(
    find: Callable[[Notice], Iterator[Found]],
) -> Callable[[Notice, Mapping[str, Words]], Iterator[Found]]:
    """A check that needs no word lists."""
    return lambda notice, _: find(notice)


CHECKS: tuple[Check, ...] = (
    Check(
        "language_missing", STOP,
        "A language of the page has no text here.",
        "Write it in every language of the page.",
        _alone(facts.language_missing),
    ),
    Check(
        "language_copied", WARN,
        "Two languages have the same text.",
        "Translate it.",
        _alone(facts.language_copied),
    ),
    Check(
        "does_not_fit", WARN,
        "The short text does not fit: the channel says only status, name and link.",
        "Shorten it, or let the channel say less.",
        _alone(facts.does_not_fit),
    ),
    Check(
        "next_update_missing", WARN,
        "Nobody learns when you speak again.",
        "Say by when the next update comes, even if nothing will be new.",
        _alone(facts.next_update_missing),
    ),
    Check(
        "next_update_unstaffed", WARN,
        "Nobody is there when the next update is promised.",
        "Promise a time within staffed hours, or make sure that somebody is there.",
        _alone(facts.next_update_unstaffed),
    ),
    Check(
        "estimate", WARN,
        "It promises or estimates when it works again.",
        "Say what is known, and when you speak again; leave an estimate to a second person.",
        wording.estimate,
    ),
    Check(
        "vague_time", WARN,
        "Readers cannot tell when that is.",
        "Give day, date and time: not midnight, tomorrow or shortly.",
        wording.vague_time,
    ),
    Check(
        "time_without_date", WARN,
        "A time of day without its date is read on the wrong day.",
        "Name weekday and date beside it.",
        wording.time_without_date,
    ),
    Check(
        "time_without_zone", WARN,
        "Who reads it abroad takes the time for another one.",
        "Name the zone once, as in (Italian time).",
        wording.time_without_zone,
    ),
    Check(
        "monitoring_without_who", STOP,
        "Monitoring without a word on who still cannot use what is read as a fancy way to hide it.",
        "Say who still cannot do what, or leave the component that is not well as it is.",
        _alone(facts.monitoring_without_who),
    ),
    Check(
        "resolved_while_bad", STOP,
        "It says resolved while a component is not operational.",
        "Set the component to operational, or do not resolve yet.",
        _alone(facts.resolved_while_bad),
    ),
    Check(
        "spoken_of_elsewhere", WARN,
        "An open incident speaks of this component already.",
        "Post an update there instead.",
        _alone(facts.spoken_of_elsewhere),
    ),
    Check(
        "euphemism", WARN,
        "It makes the fault smaller than readers find it.",
        "Say plainly what does not work, and for whom.",
        wording.words_in("euphemism"),
    ),
    Check(
        "blame", WARN,
        "It puts the fault on readers, on others or on chance.",
        "Take responsibility for the service, whoever failed.",
        wording.words_in("blame"),
    ),
    Check(
        "supplier", WARN,
        "It names a supplier; readers are customers of yours.",
        "Leave the name out, and say what you do about it.",
        wording.supplier,
    ),
    Check(
        "internal", WARN,
        "It tells of the journey inside the house, which helps nobody outside.",
        "Say what changed for the reader.",
        wording.words_in("internal"),
    ),
    Check(
        "joke", WARN,
        "It reads like a joke or irony; from an institution that becomes the news.",
        "Say it soberly.",
        wording.words_in("joke"),
    ),
    Check(
        "slang", WARN,
        "It is slang.",
        "Use the plain word.",
        wording.words_in("slang"),
    ),
    Check(
        "emoji", WARN,
        "Emoji in a notice of an outage read as levity, and are read out by screen readers.",
        "Leave them out.",
        _alone(wording.emoji),
    ),
    Check(
        "capitals", WARN,
        "All capitals shout, and are hard to read.",
        "Write as in any sentence.",
        _alone(wording.capitals),
    ),
    Check(
        "figure_incomplete", STOP,
        "A figure without unit, definition or source misleads.",
        "Say what is counted, by whom, and as of when.",
        _alone(facts.figure_incomplete),
    ),
    Check(
        "figure_unexplained", WARN,
        "A number in the text says neither what it counts nor where it comes from.",
        "Give it as a figure with definition, source and time, or leave it out.",
        wording.figure_unexplained,
    ),
    Check(
        "figures_subtract", WARN,
        "Readers will subtract one figure from the other.",
        "Say in a caveat why they do not belong together.",
        facts.figures_subtract,
    ),
    Check(
        "tag", WARN,
        "It would mention somebody, or tag what is not yours to tag.",
        "Write the name without its sign, or allow the hashtag for the channel.",
        _alone(wording.tags),
    ),
    Check(
        "accidental_link", WARN,
        "Without a space after the full stop, networks make a link of it.",
        "Put a space after the full stop.",
        wording.accidental_link,
    ),
    Check(
        "hard_to_read", WARN,
        "Many readers will not understand it at first reading.",
        "Use shorter sentences and everyday words.",
        wording.hard_to_read,
    ),
    Check(
        "acronym", WARN,
        "An acronym is not explained.",
        "Write it out once, or add it to the words that readers know.",
        wording.acronym,
    ),
    Check(
        "same_text", WARN,
        "It says the same as the update before.",
        "Say what is new, or that nothing is, and what you are doing.",
        _alone(facts.same_text),
    ),
    Check(
        "state_changed", STOP,
        "Somebody else changed the entry since this was written.",
        "Read what is new, then write again.",
        _alone(facts.state_changed),
    ),
    Check(
        "field_at_example", STOP,
        "A field still holds the example of its template.",
        "Fill it with what is true now.",
        _alone(facts.field_at_example),
    ),
)  # fmt: skip

IDS: tuple[str, ...] = tuple(check.id for check in CHECKS)
