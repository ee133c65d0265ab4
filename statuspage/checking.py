"""The checks before publishing, of what an action would really publish: for console, API and
command line alike.

    looked = look(house, work, SameIds(house.desk.new_id), publishers)
    looked.must_not_stop()
    work(ids.desk(looked.desk(house.desk)))

The action is rehearsed, its texts composed for every channel, and the checks see all of it. Who has
nothing to show before it goes out does all of that at once, with `publish`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from incidents import actions, queries, subscribers
from incidents.actions import Desk, Outcome
from incidents.approval import Approval, Judgement
from incidents.calm import Wait, WaitsFor
from incidents.checks import IDS, Affected, Finding, Fit, Notice, Severity, check
from incidents.errors import ActionError, InvalidInput
from incidents.models import (
    AffectedComponent,
    Component,
    Delivery,
    Event,
    Incident,
    IncidentUpdate,
    Publication,
)
from incidents.operators_texts import texts_at
from incidents.status import (
    BAD,
    ChannelState,
    ComponentStatus,
    IncidentKind,
    ListMode,
    PublicationKind,
)
from incidents.texts import TextError, TextLibrary
from incidents.view import PublicFigure, PublicText
from publishers.channels._base import Post, Publisher
from statuspage.publishing import SameIds, Work, carry_out, posts_of

if TYPE_CHECKING:
    from statuspage.house import House

_LOOKING = "it is only looked at"
_EXAMPLES = ("text", "list")


class Stopped(ActionError):
    """The checks found what must not go out; each problem names its field, its id and the fix."""


@dataclass(frozen=True)
class Looked:
    """What an action would do, and what the checks say of it."""

    planned: Outcome
    publications: tuple[Publication, ...]
    """What would go out, now or when a second person has approved it."""
    posts: tuple[Mapping[str, Post], ...]
    """Of each of them, what every channel would say."""
    findings: tuple[Finding, ...]
    """What stops first."""
    judged: Judgement = field(default_factory=Judgement)
    silent: tuple[Publication, ...] = ()
    """What would stand on the page, and go out nowhere: what is told of afterwards."""
    waits: tuple[Mapping[str, Wait], ...] = ()
    """Of each publication, by channel, until when it would wait there, and why."""
    reached: tuple[Mapping[str, int], ...] = ()
    """Of each publication, by list, how many subscribers would get it."""

    @property
    def stops(self) -> tuple[Finding, ...]:
        """What stops, and nobody said why it should go out all the same."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is Severity.STOP and finding.id not in self.judged.despite
        )

    def must_not_stop(self, how: str = "") -> None:
        """Raises `Stopped` while anything stops. `how` tells what publishes it all the same."""
        if self.stops:
            sentences = dict.fromkeys(in_words(finding) for finding in self.stops)
            raise Stopped(*sentences, *([how] if how else []))

    def desk(self, desk: Desk) -> Desk:
        """The desk at which the action is done: it knows what was found, and writes it down."""
        return replace(desk, judged=self.judged)


def look(
    house: House,
    work: Work,
    ids: SameIds,
    publishers: Mapping[str, Publisher],
    *,
    despite: Mapping[str, str] | None = None,
    emergency: str = "",
    seen: int | None = None,
) -> Looked:
    """Rehearse an action and check what it would publish. Raises what the action raises.

    `despite` has, by the id of a finding that stops, why it goes out all the same; `emergency`
    says why it cannot wait for a second person; `seen` is the version of the entry that its author
    saw.
    """
    examined = _Examined(house, publishers, _known(despite or {}), emergency.strip(), seen)
    planned, _ = actions.rehearse(ids.desk(_open(house.desk)), work, examined.read)
    looked = examined.looked(planned)
    if _may_wait(house.desk):
        desk = replace(house.desk, judged=looked.judged)
        planned, _ = actions.rehearse(ids.desk(desk), work)
        looked = replace(looked, planned=planned)
    return looked


def publish(
    house: House,
    work: Work,
    ids: SameIds,
    publishers: Mapping[str, Publisher],
    *,
    despite: Mapping[str, str] | None = None,
    emergency: str = "",
    seen: int | None = None,
    how: str = "",
) -> tuple[Outcome, Judgement]:
    """Do an action unless the checks stop what it would publish, and answer what was judged: the
    same as `look`, `must_not_stop` and `carry_out`. Raises `Stopped`, `InDoubt`, and what the
    action raises.

    Where nobody else has a say and nothing is said to the checks, what they find changes nothing of
    what is done: then all is one transaction, which they undo if they stop it.
    """
    if despite or emergency or _may_wait(house.desk):
        looked = look(house, work, ids, publishers, despite=despite, emergency=emergency, seen=seen)
        looked.must_not_stop(how)
        desk = ids.desk(looked.desk(house.desk))
        return carry_out(house, lambda: work(desk), lambda: looked.planned), looked.judged
    examined = _Examined(house, publishers, {}, "", seen)
    found: list[Looked] = []

    def check(session: Session, publications: Sequence[Publication]) -> None:
        examined.read(session, publications)
        found.append(examined.looked(examined.planned(session)))
        found[0].must_not_stop(how)

    def do() -> Outcome:
        return actions.perform(ids.desk(house.desk), work, check)

    outcome = carry_out(house, do, lambda: found[0].planned if found else None)
    return outcome, found[0].judged


@dataclass
class _Examined:
    """What an action would publish, read within its transaction."""

    house: House
    publishers: Mapping[str, Publisher]
    despite: Mapping[str, str]
    emergency: str
    seen: int | None
    publications: tuple[Publication, ...] = ()
    silent: tuple[Publication, ...] = ()
    notices: tuple[Notice, ...] = ()
    goes: Mapping[tuple[str, str], Wait | None] = field(default_factory=dict)
    """By publication and channel, what would go out, and until when it would wait."""
    reached: tuple[Mapping[str, int], ...] = ()

    def read(self, session: Session, publications: Sequence[Publication]) -> None:
        """Take down what the checks have to know."""
        self.publications = tuple(publications)
        self.silent = () if publications else tuple(_on_the_page_alone(session))
        told = (_notice(self.house, session, each, self.seen) for each in publications)
        over = (_over(self.house, session, each) for each in self.silent)
        self.notices = (*told, *over)
        self.goes = _goes(session, publications)
        lists = self.house.desk.lists
        self.reached = tuple(_reached(session, each, lists, self.goes) for each in publications)

    def planned(self, session: Session) -> Outcome:
        """What the action is about to answer, as far as it is known before it ends."""
        ids = tuple(publication.id for publication in self.publications)
        for each in (*self.publications, *self.silent):
            incident = session.get_one(Incident, each.incident_id)
            event = each.event_seq or queries.last_event(session)
            return Outcome(event, incident.id, incident.number, each.update_number, ids)
        return Outcome(queries.last_event(session))

    def looked(self, planned: Outcome) -> Looked:
        """What the checks say of it."""
        house = self.house
        on = _not_paused(house, self.publishers)
        posts = tuple(self._posts(each, on) for each in self.publications)
        fits = [_fits(each, on) for each in posts] + [()] * len(self.silent)
        findings = _found(house, on, zip(self.notices, fits, strict=True))
        judged = Judgement(
            findings=tuple(dict.fromkeys(finding.id for finding in findings)),
            despite={
                finding.id: self.despite[finding.id]
                for finding in findings
                if finding.severity is Severity.STOP and finding.id in self.despite
            },
            emergency=self.emergency,
        )
        waits = tuple(self._waits(each) for each in self.publications)
        return Looked(
            planned, self.publications, posts, findings, judged, self.silent, waits, self.reached
        )

    def _posts(self, publication: Publication, on: Collection[str]) -> Mapping[str, Post]:
        """What each channel would say; those that are not told are left out."""
        posts = posts_of(self.house, self.publishers, publication)
        told = {name for each, name in self.goes if each == publication.id}
        return {name: post for name, post in posts.items() if name in told or name not in on}

    def _waits(self, publication: Publication) -> Mapping[str, Wait]:
        return {
            name: wait
            for (each, name), wait in self.goes.items()
            if each == publication.id and wait
        }


def _goes(
    session: Session, publications: Iterable[Publication]
) -> Mapping[tuple[str, str], Wait | None]:
    rows = session.execute(
        select(
            Delivery.publication_id, Delivery.channel, Delivery.not_before, Delivery.waits_for
        ).where(Delivery.publication_id.in_([each.id for each in publications]))
    )
    return {
        (row.publication_id, row.channel): (
            Wait(row.not_before, WaitsFor(row.waits_for)) if row.waits_for else None
        )
        for row in rows
    }


def _reached(
    session: Session,
    publication: Publication,
    lists: Iterable[str],
    goes: Collection[tuple[str, str]],
) -> Mapping[str, int]:
    """By list, how many subscribers a publication is for."""
    modes = [ListMode(name) for name in lists if (publication.id, name) in goes]
    about, at = publication.incident_id, publication.at
    return {
        str(mode): subscribers.count_reached(
            session, subscribers.reach_of(session, mode, about, at)
        )
        for mode in modes
    }


def _not_paused(house: House, publishers: Mapping[str, Publisher]) -> dict[str, Publisher]:
    """Nothing goes out on a channel that is paused: what does not fit there is no fault."""
    with house.db.read() as session:
        states = queries.channel_states(session)
    return {
        name: publisher
        for name, publisher in publishers.items()
        if name not in states or states[name].state is not ChannelState.PAUSED
    }


def _found(
    house: House,
    publishers: Mapping[str, Publisher],
    notices: Iterable[tuple[Notice, tuple[Fit, ...]]],
) -> tuple[Finding, ...]:
    """What the checks find, what stops first."""
    tags = frozenset(tag for each in publishers.values() for tag in each.options.hashtags)
    found = [
        finding
        for notice, fits in notices
        for finding in check(replace(notice, fits=fits, hashtags=tags), house.settings.rules)
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.STOP))


def in_words(finding: Finding) -> str:
    """As in 'body (it): It is slang. Use the plain word. "in tilt" [slang]'."""
    place = f"{finding.field} ({finding.locale})" if finding.locale else finding.field
    quoted = ", ".join(f'"{words}"' for words in finding.where)
    sign = f"[{finding.id}]"
    return " ".join(
        part for part in (f"{place}: {finding.reason}", finding.fix, quoted, sign) if part
    )


def _known(despite: Mapping[str, str]) -> Mapping[str, str]:
    problems = [
        f"despite: there is no check {name!r}; there are {', '.join(IDS)}"
        for name in despite
        if name not in IDS
    ]
    problems += [
        f"despite.{name}: say why it goes out all the same"
        for name, reason in despite.items()
        if not reason.strip()
    ]
    if problems:
        raise InvalidInput(*problems)
    return despite


def _may_wait(desk: Desk) -> bool:
    return desk.approval_from is not None or desk.approval != Approval()


def _open(desk: Desk) -> Desk:
    """A desk at which nothing waits for a second person, to see what it would become."""
    return replace(desk, judged=Judgement(emergency=_LOOKING)) if _may_wait(desk) else desk


def _fits(posts: Mapping[str, Post], on: Collection[str]) -> tuple[Fit, ...]:
    return tuple(
        Fit(name, post.length, post.limit, post.fallback)
        for name, post in posts.items()
        if name in on
    )


def _notice(
    house: House,
    session: Session,
    publication: Publication,
    seen: int | None,
) -> Notice:
    incident = session.get_one(Incident, publication.incident_id)
    update = session.get(IncidentUpdate, publication.update_id)
    corrects = publication.kind is PublicationKind.CORRECTION
    told = update if update and publication.kind is PublicationKind.UPDATE else None
    spoken = update if corrects else told
    service = house.service
    return Notice(
        locales=service.locales,
        zone=service.time_zone,
        texts=_texts(publication.texts),
        name=publication.name,
        kind=publication.kind,
        about=incident.kind,
        status=publication.status,
        components=_components(session, incident),
        elsewhere=_elsewhere(house, session, incident) if told and told.number == 1 else (),
        next_update_by=publication.next_update_by if told else None,
        hours=service.hours,
        still_cannot=spoken.still_cannot if spoken else {},
        to_do=publication.to_do or {},
        not_to_do=publication.not_to_do or {},
        reason=publication.reason if corrects else {},
        figures=tuple(_figure(figure) for figure in publication.figures),
        familiar=_familiar(house, session),
        previous=_before(session, told) if told else {},
        version_seen=seen,
        version_now=incident.version - 1,  # the rehearsed action counted one on
        fields=_filled(update),
        examples=_examples(house, session, update),
    )


def _on_the_page_alone(session: Session) -> Iterator[Publication]:
    """What is told of a problem that is over, as if it were published; it belongs to no session."""
    event = session.scalar(select(Event).order_by(Event.seq.desc()).limit(1))
    if event is None or event.kind != "incident_backdated":
        return
    incident = session.get_one(Incident, event.incident_id)
    (update,) = incident.updates
    yield Publication(
        kind=PublicationKind.UPDATE,
        incident_id=incident.id,
        update_id=update.id,
        at=update.at,
        name=incident.name,
        status=update.status,
        texts=update.texts,
        reason={},
        to_do=update.to_do,
        not_to_do=update.not_to_do,
        figures=update.figures,
        next_update_by=None,
        origin=update.origin,
    )


def _over(house: House, session: Session, publication: Publication) -> Notice:
    """Its components are named with what they were then: by now they are well."""
    notice = _notice(house, session, publication, None)
    well = tuple(replace(each, status=ComponentStatus.OPERATIONAL) for each in notice.components)
    return replace(notice, components=well)


def _texts(texts: Mapping[str, Any]) -> dict[str, PublicText]:
    return {locale: PublicText(**text) for locale, text in texts.items()}


def _figure(data: Mapping[str, Any]) -> PublicFigure:
    return PublicFigure(**{**data, "as_of": datetime.fromisoformat(data["as_of"])})


def _components(session: Session, incident: Incident) -> tuple[Affected, ...]:
    rows = session.scalars(
        select(AffectedComponent)
        .where(AffectedComponent.incident_id == incident.id)
        .order_by(AffectedComponent.position)
    )
    return tuple(Affected(row.name, row.status) for row in rows)


def _elsewhere(house: House, session: Session, incident: Incident) -> tuple[str, ...]:
    """The bad components of an entry of which other open incidents speak as well."""
    mine, theirs = (aliased(AffectedComponent) for _ in range(2))
    rows = session.execute(
        select(Incident.number, mine.name)
        .join(theirs, theirs.incident_id == Incident.id)
        .join(mine, mine.component_id == theirs.component_id)
        .where(
            mine.incident_id == incident.id,
            mine.status.in_(BAD),
            theirs.status.in_(BAD),
            Incident.id != incident.id,
            Incident.kind == IncidentKind.INCIDENT,
            Incident.closed_at.is_(None),
        )
        .order_by(Incident.number, mine.position)
    )
    default = house.service.default_locale
    return tuple(f"#{number}: {name.get(default, '')}" for number, name in rows)


def _familiar(house: House, session: Session) -> tuple[str, ...]:
    names = [house.service.name, *session.scalars(select(Component.name))]
    return tuple(text for name in names for text in name.values())


def _before(session: Session, update: IncidentUpdate) -> dict[str, PublicText]:
    texts = session.scalar(
        select(IncidentUpdate.texts)
        .where(
            IncidentUpdate.incident_id == update.incident_id,
            IncidentUpdate.number < update.number,
            IncidentUpdate.retracted_at.is_(None),
        )
        .order_by(IncidentUpdate.number.desc())
        .limit(1)
    )
    return _texts(texts or {})


def _filled(update: IncidentUpdate | None) -> Mapping[str, object]:
    return update.fields if update and update.template else {}


def _examples(
    house: House, session: Session, update: IncidentUpdate | None
) -> dict[str, tuple[object, ...]]:
    """What the template's fields have as examples, where that is not what they hold by itself."""
    if update is None or update.template is None:
        return {}
    found: dict[str, list[object]] = {}
    texts = texts_at(house.shipped, session)
    for name, example in _example_values(texts, house.service.locales, update.template):
        found.setdefault(name, []).append(example)
    return {name: tuple(examples) for name, examples in found.items()}


def _example_values(
    texts: TextLibrary, locales: Sequence[str], template: str
) -> Iterator[tuple[str, object]]:
    for locale in locales:
        try:
            fields = texts.notice(template, locale).fields
        except TextError:
            continue  # an operator retired it meanwhile
        for item in fields:
            if item.type in _EXAMPLES and item.example and item.example != item.default:
                yield item.name, item.example
