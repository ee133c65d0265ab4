"""What somebody had typed when their session ended: kept for an hour, for them alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from incidents.access._digests import digest
from incidents.access._rows import KeptForm, SignInSession
from incidents.db import Database

KEPT_FOR = timedelta(hours=1)
MOST_KEPT = 20
"""Forms of one ended session: nobody fills in more at a time."""
Fields = Sequence[tuple[str, str]]


def keep_form(db: Database, token: str, path: str, fields: Fields, now: datetime) -> bool:
    """Keep what was typed under the token of a session that ended; False where nobody had it."""
    with db.claim() as session:
        row = session.get(SignInSession, digest(token))
        if row is None or row.half or not path.isprintable():
            return False
        mine = KeptForm.session_digest == row.digest
        session.execute(delete(KeptForm).where(mine, KeptForm.path == path))
        if len(session.scalars(select(KeptForm.path).where(mine)).all()) >= MOST_KEPT:
            return False
        session.add(
            KeptForm(
                session_digest=row.digest,
                path=path,
                operator_id=row.operator_id,
                fields=[list(pair) for pair in fields],
                at=now,
            )
        )
        return True


def hand_over(db: Database, ended: str | None, operator_token: str) -> None:
    """Give what was kept under an ended session's token to the same person's new session."""
    if not ended:
        return
    with db.claim() as session:
        new = session.get(SignInSession, digest(operator_token))
        if new is None:
            return
        old = session.scalars(select(KeptForm).where(KeptForm.session_digest == digest(ended)))
        for form in old.all():
            if form.operator_id == new.operator_id:
                form.session_digest = new.digest


def kept_fields(db: Database, session_id: str, path: str, now: datetime) -> Fields | None:
    """What this session's owner had typed in a form; None where nothing was kept."""
    if not path.isprintable():
        return None  # PostgreSQL takes no NUL, and none was kept
    with db.read() as session:
        row = session.get(KeptForm, (session_id, path))
        if row is None or now - row.at >= KEPT_FOR:
            return None
        return [(str(name), str(value)) for name, value in row.fields]


def forget_form(db: Database, session_id: str, path: str) -> None:
    """Let go of what was kept, because the form was sent again."""
    with db.claim() as session:
        session.execute(
            delete(KeptForm).where(KeptForm.session_digest == session_id, KeptForm.path == path)
        )
