"""What is kept of how people sign in. Passwords, tokens and codes are here as hashes alone.

Nothing here is part of the trail of events; but for `credentials` and `recovery_codes` nothing
goes into a backup, so that a restored house lets nobody in by an old session or link.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from incidents.models import Base

DIGEST = String(64)
"""SHA-256 in hexadecimal: what it is made from has 256 random bits, so that no salt is needed."""


class Credential(Base):
    """How one operator proves who they are, and the language of their console."""

    __tablename__ = "credentials"
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    password: Mapped[str | None] = mapped_column(Text)
    """An argon2id hash; None until one is chosen."""
    password_at: Mapped[datetime | None]
    second_factor: Mapped[str | None] = mapped_column(Text)
    """The TOTP secret, encrypted with the key of the environment."""
    second_factor_at: Mapped[datetime | None]
    """None while it is being set up: then no code is asked for."""
    second_factor_step: Mapped[int] = mapped_column(default=0)
    """The last 30 seconds whose code was used; neither it nor an older one is taken again."""
    locale: Mapped[str | None] = mapped_column(String(12))


class RecoveryCode(Base):
    """One way in without the second factor's device; it works once."""

    __tablename__ = "recovery_codes"
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    used_at: Mapped[datetime | None]


class SignInSession(Base):
    """One browser that somebody signed in with."""

    __tablename__ = "sessions"
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    half: Mapped[bool] = mapped_column(default=False)
    """The password was right and the second factor is still to come: it opens nothing."""
    way: Mapped[str] = mapped_column(String(20))
    """How they signed in: password, oidc, link."""
    browser: Mapped[str] = mapped_column(String(80))
    neighbourhood: Mapped[str] = mapped_column(String(64))


class SignInLink(Base):
    """An invitation, a reset, or a way in made on the machine: it works once, for a while."""

    __tablename__ = "sign_in_links"
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser in which this operator signed in before: strangers cannot throttle it."""

    __tablename__ = "known_devices"
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIn(Base):
    """One attempt that failed, counted against whoever made it."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index("ix_failed_sign_ins_counted_at", "counted", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    counted: Mapped[str] = mapped_column(DIGEST)
    """The digest of what it counts against: a login from a neighbourhood, or a device."""
    at: Mapped[datetime] = mapped_column(index=True)


class KeptForm(Base):
    """What somebody had typed when their session was found to be over."""

    __tablename__ = "kept_forms"
    session_digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    fields: Mapped[list[Any]] = mapped_column(JSON)
    """Pairs of a name and a value, in their order."""
    at: Mapped[datetime] = mapped_column(index=True)


def end_sessions(session: Session, operator_id: str, now: datetime, but: str | None = None) -> None:
    """Sign an operator out everywhere, `but` one session."""
    ending = update(SignInSession).where(
        SignInSession.operator_id == operator_id, SignInSession.ended_at.is_(None)
    )
    if but is not None:
        ending = ending.where(SignInSession.digest != but)
    session.execute(ending.values(ended_at=now))


def void_links(session: Session, operator_id: str, now: datetime) -> None:
    """Let an operator's links let nobody in any more."""
    open_links = update(SignInLink).where(
        SignInLink.operator_id == operator_id, SignInLink.used_at.is_(None)
    )
    session.execute(open_links.values(used_at=now))
