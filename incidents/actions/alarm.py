"""What monitors say: an alarm becomes a draft, and only where the settings allow it a notice.

The same alarm again changes nothing, those that begin together share one draft, and with the last
of its alarms goes the draft that nobody used. An incident is never resolved here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from incidents.actions import _alarm_drafts as drafts
from incidents.actions import _drafting as drafting
from incidents.actions._desk import AVVISO, Act, Desk, acting
from incidents.alarm_rules import AlarmRules, Message, Signal
from incidents.alarms import SUMMARY_LENGTH, Alarm, AlarmMessage
from incidents.errors import InvalidInput, NotPossible
from incidents.models import AffectedComponent, Component, Draft, Incident
from incidents.status import IncidentKind, Role

MESSAGES_KEPT = timedelta(hours=1)
"""For how long a signed message is remembered; older ones are refused by their time."""


class Replayed(NotPossible):
    """This very message was taken already."""


@dataclass
class Recorded:
    """What became of the alarms that a source told of."""

    event: int = 0
    """The last event; when the page shows it, what was published is out."""
    began: int = 0
    again: int = 0
    """Known already, or told too late."""
    over: int = 0
    drafts: list[str] = field(default_factory=list)
    incidents: list[int] = field(default_factory=list)
    """The numbers of those that were published by themselves."""
    not_published: str = ""
    """Why an acknowledgement that should have gone out by itself waits as a draft."""


def record_alarms(
    desk: Desk,
    now: datetime,
    rules: AlarmRules,
    signals: Sequence[Signal],
    next_update_by: datetime | None = None,
    message: Message | None = None,
    held: str = "",
) -> Recorded:
    """Take what a source says. All of it is kept, or nothing.

    `next_update_by` is what an acknowledgement promises that goes out by itself; `message` names a
    signed message; `held` is why none may go out by itself this time, "" where one may. Raises
    `Replayed`.
    """
    try:
        return _record(desk, now, rules, signals, message, next_update_by, held)
    except InvalidInput as problem:
        # A template that wants a field, say: an alarm must not be lost for that.
        return _record(desk, now, rules, signals, message, next_update_by, held or str(problem))


def _record(
    desk: Desk,
    now: datetime,
    rules: AlarmRules,
    signals: Sequence[Signal],
    message: Message | None,
    next_update_by: datetime | None,
    held: str,
) -> Recorded:
    with acting(replace(desk, by_program=True), AVVISO, now, Role.AUTHOR) as act:
        found = Recorded(event=act.seq)
        if message is not None and not _is_new(act, rules.source, message):
            return found
        began, over = _sorted(act, rules, signals, found)
        unheard = [alarm for alarm in began if _needs_words(act, alarm)]
        unheard = _publish(act, rules, unheard, next_update_by, held, found)
        if unheard:
            found.drafts.append(drafts.keep_draft(act, rules, unheard))
        for alarm in began:
            _write_event(act, "alarm_began", alarm)
        for alarm in over:
            _end(act, alarm)
        found.event = act.seq
        return found


def _is_new(act: Act, source: str, message: Message) -> bool:
    """Whether a signed message is to be taken. Raises `Replayed` for the same one again.

    A sender that heard no answer signs the same message anew, with a later time: it was taken.
    """
    known = act.session.get(AlarmMessage, (source, message.id))
    if known is None:
        act.add(AlarmMessage(source=source, message_id=message.id, signed_at=message.signed_at))
        return True
    if message.signed_at <= known.signed_at:
        raise Replayed("webhook-id: this very message was taken already")
    known.signed_at = message.signed_at
    return False


def _sorted(
    act: Act, rules: AlarmRules, signals: Sequence[Signal], found: Recorded
) -> tuple[list[Alarm], list[Alarm]]:
    """The alarms that begin, and those that end, by what is known of each."""
    began, over = [], []
    known = set(act.session.scalars(select(Component.key)))
    for signal in signals:
        latest = _latest(act.session, rules.source, signal.fingerprint)
        if latest is not None:
            latest.seen_at = act.now
        lasts = latest is not None and latest.ended_at is None
        if signal.ended is None and not lasts and not _is_late(signal, latest):
            began.append(_begin(act, rules, signal, known))
        elif signal.ended is not None and latest is not None and lasts:
            latest.ended_at = min(signal.ended, act.now)
            over.append(latest)
        else:
            if signal.ended is not None:
                _note_end(act, rules, signal, latest, known)
            found.again += 1
    found.began, found.over = len(began), len(over)
    return began, over


def _latest(session: Session, source: str, fingerprint: str) -> Alarm | None:
    return session.scalar(
        select(Alarm)
        .where(Alarm.source == source, Alarm.fingerprint == fingerprint)
        .order_by(Alarm.id.desc())
        .limit(1)
    )


def _is_late(signal: Signal, latest: Alarm | None) -> bool:
    """Whether it tells of an alarm that is over by now: messages may overtake one another."""
    return latest is not None and latest.ended_at is not None and signal.began <= latest.ended_at


def _begin(act: Act, rules: AlarmRules, signal: Signal, known: set[str]) -> Alarm:
    told = rules.components_of(signal)
    return act.add(
        Alarm(
            source=rules.source,
            fingerprint=signal.fingerprint,
            summary=signal.summary[:SUMMARY_LENGTH],
            severity=rules.severity_of(signal)[:80],
            components={key: str(status) for key, status in told.items() if key in known},
            began_at=min(signal.began, act.now),
            created_at=act.now,
            seen_at=act.now,
        )
    )


def _note_end(
    act: Act, rules: AlarmRules, signal: Signal, latest: Alarm | None, known: set[str]
) -> None:
    """An end that overtook its beginning is kept, so that the beginning, when it comes, is known
    to be over and says nothing to anybody."""
    ended = min(signal.ended or act.now, act.now)
    alarm = latest or _begin(act, rules, signal, known)
    alarm.ended_at = max(ended, alarm.ended_at or ended)


def _needs_words(act: Act, alarm: Alarm) -> bool:
    """Whether citizens would learn something: a component that no open incident speaks of yet.

    Where one does, the alarm is noted there.
    """
    if not alarm.components:
        return False
    told = act.session.execute(
        select(Component.key, Incident.id)
        .join(AffectedComponent, AffectedComponent.component_id == Component.id)
        .join(Incident, Incident.id == AffectedComponent.incident_id)
        .where(
            Component.key.in_(alarm.components),
            Incident.closed_at.is_(None),
            Incident.kind == IncidentKind.INCIDENT,
        )
        .order_by(Incident.number)
    ).all()
    by_key = dict(told)
    if set(by_key) == set(alarm.components):
        alarm.incident_id = next(iter(by_key.values()))
        return False
    alarm.components = {k: word for k, word in alarm.components.items() if k not in by_key}
    return True


def _publish(
    act: Act,
    rules: AlarmRules,
    alarms: list[Alarm],
    next_update_by: datetime | None,
    held: str,
    found: Recorded,
) -> list[Alarm]:
    """Acknowledge what the settings allow; answers the alarms that wait for a person."""
    loud = [alarm for alarm in alarms if alarm.severity in rules.publish]
    if not loud or drafts.went_out_lately(act, rules):
        return alarms
    if held:
        found.not_published = held
        told = [alarm.id for alarm in loud]
        act.event("alarm_held", public=False, source=rules.source, alarms=told, why=held)
        return alarms
    outcome = drafts.acknowledge(act, rules, loud, next_update_by)
    if outcome.number is not None:
        found.incidents.append(outcome.number)
    return [alarm for alarm in alarms if alarm not in loud]


def _write_event(act: Act, kind: str, alarm: Alarm) -> None:
    incident = act.session.get(Incident, alarm.incident_id) if alarm.incident_id else None
    act.event(
        kind,
        incident,
        public=False,
        source=alarm.source,
        alarm=alarm.id,
        severity=alarm.severity,
        components=dict(alarm.components),
        draft=alarm.draft_id,
    )


def _end(act: Act, alarm: Alarm) -> None:
    """It is over: said in the trail and on the board; a draft that nobody used goes with it."""
    _write_event(act, "alarm_ended", alarm)
    draft = act.session.get(Draft, alarm.draft_id) if alarm.draft_id else None
    used = draft and (draft.author_id != act.operator.id or draft.approved_by)
    if draft is None or used:
        return
    if all(other.ended_at is not None for other in drafts.in_draft(act, draft.id)):
        drafting.discard(act, draft, "the alarm is over")


def forget_alarms(desk: Desk, now: datetime, keep: Mapping[str, timedelta]) -> int:
    """Remove what nobody spoke of for long: alarms by their source's own time, those of sources
    that the settings do not name any more after a month; signed messages. Answers how many alarms.
    """
    known = [and_(Alarm.source == name, Alarm.seen_at < now - time) for name, time in keep.items()]
    gone = and_(Alarm.source.not_in(keep), Alarm.seen_at < now - timedelta(days=30))
    old = or_(*known, gone)
    signed = AlarmMessage.signed_at < now - MESSAGES_KEPT
    with desk.db.read() as session:  # a transaction that writes wakes every worker
        alarms = session.scalars(select(Alarm.id).where(old).limit(1000)).all()
        messages = session.scalar(select(AlarmMessage.source).where(signed).limit(1))
    if not alarms and messages is None:
        return 0
    with desk.db.write() as session:
        session.execute(delete(Alarm).where(Alarm.id.in_(alarms)))
        session.execute(delete(AlarmMessage).where(signed))
    return len(alarms)
