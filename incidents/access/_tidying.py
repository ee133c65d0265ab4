"""What the clock throws away: nothing of how people signed in is kept for longer than it serves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from incidents.access._kept import KEPT_FOR
from incidents.access._rows import (
    FailedSignIn,
    KeptForm,
    KnownDevice,
    SignInLink,
    SignInSession,
)
from incidents.access._throttle import WINDOW
from incidents.db import Database

SESSIONS_KEPT = timedelta(days=30)
"""Since last used: somebody may come back to a form that they left open over the holidays."""
LINKS_KEPT = timedelta(days=1)
DEVICES_KEPT = timedelta(days=180)


def tidy(db: Database, now: datetime) -> None:
    """Remove old sessions, links, devices, failures and kept forms."""
    with db.claim() as session:
        for stale in (
            delete(FailedSignIn).where(FailedSignIn.at < now - WINDOW),
            delete(KeptForm).where(KeptForm.at < now - KEPT_FOR),
            delete(SignInLink).where(SignInLink.expires_at < now - LINKS_KEPT),
            delete(KnownDevice).where(KnownDevice.seen_at < now - DEVICES_KEPT),
            delete(SignInSession).where(SignInSession.seen_at < now - SESSIONS_KEPT),
        ):
            session.execute(stale)
