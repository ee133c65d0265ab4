"""What `If-Match` names of a component or group: another version once anything of it changed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.models import Component, ComponentGroup


def component_versions(session: Session) -> dict[str, str]:
    """Of each component by its key: 16 hexadecimal digits."""
    rows = session.scalars(select(Component))
    return {row.key: _version_of(_values(row)) for row in rows}


def group_versions(session: Session) -> dict[str, str]:
    """The same of groups; which components are in it is part of what it says."""
    members: dict[str | None, list[str]] = {}
    for part, group_id in session.execute(
        select(Component.id, Component.group_id).order_by(Component.id)
    ):
        members.setdefault(group_id, []).append(part)
    rows = session.scalars(select(ComponentGroup))
    return {row.key: _version_of([_values(row), members.get(row.id, [])]) for row in rows}


def _values(row: Component | ComponentGroup) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _version_of(values: Any) -> str:
    written = json.dumps(values, sort_keys=True, default=str)
    return sha256(written.encode()).hexdigest()[:16]
