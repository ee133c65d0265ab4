"""People with passwords, on each database."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from incidents import access
from incidents.access import Entered, Visitor
from incidents.actions import Desk
from incidents.models import Event, Operator
from tests.conftest import NOON

PASSWORD = "cavallo batteria pinza"
KEY = "a key that only these tests know of and that is long enough"
HOME = Visitor("203.0.113.0/24", "Firefox, Linux")
ELSEWHERE = Visitor("198.51.100.0/24", "Chrome, Windows")


@pytest.fixture
def people(desk: Desk) -> Desk:
    """Where Ada and Bea have the same password."""
    for login in ("ada", "bea"):
        access.change_password(desk, login, NOON, PASSWORD)
    return desk


def enter(
    desk: Desk,
    password: str = PASSWORD,
    *,
    login: str = "ada",
    now: datetime = NOON,
    visitor: Visitor = HOME,
    device: str | None = None,
) -> Entered:
    return access.enter_by_password(desk, now, login, password, visitor, device)


def operator_id(desk: Desk, login: str = "ada") -> str:
    with desk.db.read() as session:
        return session.scalars(select(Operator.id).where(Operator.login == login)).one()


def events(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.seq)))
