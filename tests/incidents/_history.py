"""Years of incidents in seconds: an installation as large as any is expected to become.

Incidents are written one by one, everything below them by the database itself from their rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, text

from incidents.actions import Desk
from incidents.models import Component, Incident, Operator
from incidents.status import Impact, IncidentKind, Origin, Status

CHANNELS = ("x", "log", "mastodon", "bluesky", "facebook")
_EVERY = timedelta(hours=3)
_OPEN = 4
"""The newest incidents, which are not over."""

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3) "
)
_JSON = {
    "object": "{}",
    "list": "[]",
    "texts": '{"it": {"headline": "Guasto", "short": "Guasto.", "body": "Guasto."}, '
    '"en": {"headline": "Fault", "short": "Fault.", "body": "Fault."}}',
}

# In the order in which rows refer to each other.
_BELOW = (
    # Three events for each entry: two updates, and a post that was noted.
    """
    INSERT INTO events (seq, at, kind, operator_id, incident_id, months, public, data)
    SELECT {events} + (incidents.number - 1) * 3 + n, incidents.started_at,
           CASE n WHEN 3 THEN 'delivery_sent' ELSE 'updated' END, NULL, incidents.id,
           incidents.month, {yes}, {object}
    FROM incidents CROSS JOIN numbers WHERE n <= 3
    """,
    """
    INSERT INTO incident_updates (id, incident_id, number, status, texts, fields, figures, answers,
           still_cannot, internal_note, origin, author_id, at, created_at, retraction_reason)
    SELECT 'u' || n || incidents.id, incidents.id, n, incidents.status, {texts},
           {object}, {list}, {list}, {object}, '', 'operator', incidents.updated_by,
           incidents.started_at, incidents.started_at, {object}
    FROM incidents CROSS JOIN numbers WHERE n <= 2
    """,
    """
    INSERT INTO publications (id, kind, incident_id, update_id, update_number, event_seq, at, name,
           status, texts, reason, figures, origin, reference)
    SELECT 'p' || n || incidents.id, 'update', incidents.id, 'u' || n || incidents.id, n,
           {events} + (incidents.number - 1) * 3 + n, incidents.started_at, incidents.name,
           incidents.status, {texts}, {object}, {list}, 'operator', 'r'
    FROM incidents CROSS JOIN numbers WHERE n <= 2
    """,
    """
    INSERT INTO affected_components (incident_id, component_id, position, name, status, planned,
           holding)
    SELECT incidents.id, components.id, 0, components.name, 'operational', NULL, {no}
    FROM incidents CROSS JOIN components
    """,
    """
    INSERT INTO update_components (update_id, component_id, position, name, old_status, new_status)
    SELECT incident_updates.id, components.id, 0, components.name, 'operational', 'major_outage'
    FROM incident_updates CROSS JOIN components
    """,
    """
    INSERT INTO component_changes (component_id, at, old_status, new_status, incident_id)
    SELECT components.id, incidents.started_at, 'operational', 'major_outage', incidents.id
    FROM incidents CROSS JOIN components
    """,
    """
    INSERT INTO corrections (update_id, at, before, reason, author_id)
    SELECT 'u1' || incidents.id, incidents.started_at, {object}, {object}, incidents.updated_by
    FROM incidents
    """,
    # One in a hundred failed, one was overtaken; the others are out and were seen.
    """
    INSERT INTO deliveries (publication_id, channel, recipient, state, thread, seq, created_at,
           due_at, not_before, expires_at, attempts, fallback, standalone, remote_id, remote_url,
           remote_extra, sent_at, settled_at, looks)
    SELECT publications.id, channels.name, '',
           CASE incidents.number % 100 WHEN 1 THEN 'failed' WHEN 2 THEN 'superseded'
                ELSE 'verified' END,
           incidents.id, publications.event_seq, incidents.started_at, incidents.started_at,
           incidents.started_at, incidents.updated_at, 1, {no}, {no}, publications.id,
           'https://posts.test/' || publications.id, {object}, incidents.started_at,
           incidents.started_at, 1
    FROM publications JOIN incidents ON incidents.id = publications.incident_id
         CROSS JOIN ({channels}) AS channels
    """,
)


def live_through(desk: Desk, incidents: int, now: datetime) -> None:
    """Write so many incidents, the newest just before `now`, and ten deliveries for each."""
    with desk.db.write() as session:
        connection = session.connection()
        events = session.scalar(text("SELECT coalesce(max(seq), 0) FROM events")) or 0
        operator = session.scalars(select(Operator.id).where(Operator.login == "bea")).one()
        began = [now - _EVERY * (incidents - number) for number in range(incidents)]
        rows = [_entry(number, incidents, at, operator) for number, at in enumerate(began, 1)]
        connection.execute(insert(Incident.__table__), rows)  # type: ignore[arg-type]
        _write_below(connection, events, sqlite=desk.db.sqlite)
        assert session.scalar(select(Component.id).limit(1))


def analyzed(desk: Desk) -> None:
    """Let the database see what it holds, as PostgreSQL's autovacuum does by itself."""
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if desk.db.sqlite else "VACUUM ANALYZE")


def _write_below(connection: Connection, events: int, *, sqlite: bool) -> None:
    channels = " UNION ALL ".join(f"SELECT '{name}' AS name" for name in CHANNELS)
    words = {"events": events, "channels": channels, "yes": "true", "no": "false"}
    for name, value in _JSON.items():
        words[name] = f"'{value}'" if sqlite else f"CAST('{value}' AS JSON)"
    for statement in _BELOW:
        connection.execute(text((_NUMBERS + statement.format(**words)).replace(":", "\\:")))


def _entry(number: int, of: int, at: datetime, operator: str) -> dict[str, Any]:
    """One in twenty was planned work, one in fifty an advance notice."""
    over = number <= of - _OPEN
    kind = IncidentKind.INCIDENT
    if over and number % 20 == 0:
        kind = IncidentKind.MAINTENANCE
    elif over and number % 50 == 7:
        kind = IncidentKind.ADVANCE_NOTICE
    planned = kind is not IncidentKind.INCIDENT
    ended = at + timedelta(hours=1)
    done = Status.COMPLETED if planned else Status.RESOLVED
    return {
        "id": f"i{number:06d}",
        "number": number,
        "key": f"key-{number}",
        "kind": kind,
        "name": {"it": "Guasto", "en": "Fault"},
        "status": done if over else Status.INVESTIGATING,
        "impact": Impact.MAINTENANCE if planned else Impact.MAJOR,
        "origin": Origin.OPERATOR,
        "backdated": False,
        "started_at": at,
        "month": at.strftime("%Y-%m"),
        "created_at": at,
        "updated_at": ended,
        "resolved_at": ended if over else None,
        "closed_at": ended if over else None,
        "scheduled_for": at if planned else None,
        "scheduled_until": ended if planned else None,
        "starts_itself": True,
        "ends_itself": True,
        "next_update_by": None if over else at + timedelta(days=1),
        "version": 1,
        "updated_by": operator,
    }
