"""Answers that go out in an entry's thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents import queries
from incidents.actions._desk import Act
from incidents.models import Incident, IncidentUpdate
from incidents.status import PublicationKind
from incidents.view import PublicText


def post_new_answers(
    act: Act, incident: Incident, update: IncidentUpdate, expires_at: datetime | None = None
) -> None:
    """Each answer goes into the thread the first time that this entry brings it; not after
    `expires_at`."""
    if not update.answers:
        return
    earlier = act.session.scalars(
        select(IncidentUpdate.answers).where(
            IncidentUpdate.incident_id == incident.id, IncidentUpdate.id != update.id
        )
    )
    known = {answer["key"] for answers in earlier for answer in answers}
    for frozen in update.answers:
        if frozen["key"] not in known:
            publish_answer(act, incident, update, frozen, expires_at)


def publish_answer(
    act: Act,
    incident: Incident,
    update: IncidentUpdate,
    frozen: Mapping[str, Any],
    expires_at: datetime | None = None,
) -> None:
    """Publish an answer as an update keeps it, with the dates that hold today."""
    today = act.now.astimezone(act.desk.service.time_zone).date()
    dates = queries.answer_dates(
        act.desk.texts, act.desk.service, frozen["key"], frozen["fields"], today
    )
    texts = {}
    for locale, text in frozen["texts"].items():
        lines = "\n".join(f"- {line}" for line in dates.get(locale, ()))
        body = f"{lines}\n\n{text['answer']}" if lines else text["answer"]
        texts[locale] = PublicText(text["question"], text["short"], body)
    act.event("answer_posted", incident, update=update.number, answer=frozen["key"])
    act.publish(PublicationKind.ANSWER, incident, texts, update=update, expires_at=expires_at)
