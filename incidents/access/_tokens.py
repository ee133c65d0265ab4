"""Tokens: how programs act for an operator. What opens something is shown once and kept as a hash.

A program may do what its operator may, and of that only what the token's scopes name.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import JSON, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from incidents.access._digests import digest
from incidents.access._rows import DIGEST
from incidents.actions._desk import AVVISO, Act, Desk, Outcome, acting
from incidents.db import Database
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from incidents.inputs import Input, Line, Moment, parse
from incidents.models import Base, Operator
from incidents.status import ROLE_RANK, Role

PREFIX_LENGTH = 8
SHAPE = re.compile(rf"avviso_([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9_-]{{43}}")
"""A token: its prefix, by which it is found, and 256 random bits."""
_PREFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a token was last used."""


class Scope(StrEnum):
    """What a token is good for. Every token may read."""

    READ = "read"
    WRITE = "write"
    """Incidents, planned work, their updates and postmortems."""
    COMPONENTS = "components"
    """Components and their groups."""
    SUBSCRIBERS = "subscribers"
    """Who subscribed, by address; their operator is an administrator."""


class Token(Base):
    """One program's way in."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(PREFIX_LENGTH), unique=True)
    digest: Mapped[str] = mapped_column(DIGEST)
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    """Whom it acts as."""
    made_by: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute."""


class TokenInput(Input):
    """A token to be made. Without `expires_at` it holds until it is revoked."""

    name: Annotated[Line, Field(max_length=120)]
    operator: str
    """The login that it acts as."""
    scopes: Annotated[tuple[Scope, ...], AfterValidator(lambda said: tuple(sorted(set(said))))] = (
        Scope.READ,
    )
    expires_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class ListedToken:
    """What may be seen of a token, which opens nothing."""

    id: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    operator: str
    """The login that it acts as."""
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a request comes from: a token that holds, and the operator that it acts as."""

    token_id: str
    login: str
    role: Role
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        return scope is Scope.READ or scope in self.scopes


class NoSuchBearer(Exception):
    """A token that opens nothing; the message says why, and never quotes it."""


def add_token(
    desk: Desk, actor: str, now: datetime, data: TokenInput | Mapping[str, Any]
) -> tuple[Outcome, str]:
    """Make a token; answers its only copy. Its operator's role is not above the maker's.

    Raises `InvalidInput`, `NotAllowed`.
    """
    form = parse(TokenInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        operator = _acts_as(act, form.operator)
        if form.expires_at is not None and form.expires_at <= now:
            raise InvalidInput("expires_at: is over already; give a moment to come")
        prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
        shown = f"avviso_{prefix}_{secrets.token_urlsafe(32)}"
        token = act.add(
            Token(
                id=desk.new_id(),
                name=form.name,
                prefix=prefix,
                digest=digest(shown),
                scopes=[str(scope) for scope in form.scopes],
                operator_id=operator.id,
                made_by=act.operator.id,
                created_at=now,
                expires_at=form.expires_at,
            )
        )
        act.event(
            "token_added",
            public=False,
            token=token.id,
            operator=operator.id,
            scopes=token.scopes,
            expires_at=form.expires_at.isoformat() if form.expires_at else None,
        )
        return act.outcome(), shown


def _acts_as(act: Act, login: str) -> Operator:
    operator = act.session.scalar(select(Operator).where(Operator.login == login))
    if operator is None or operator.disabled_at is not None:
        raise InvalidInput(f"operator: there is no operator {login!r} who may act")
    if operator.login == AVVISO:
        raise InvalidInput("operator: 'avviso' is the clock's own login; name a person's")
    if ROLE_RANK[operator.role] > ROLE_RANK[act.operator.role]:
        raise NotAllowed(f"operator: {login!r} is {operator.role}, which is more than you are")
    return operator


def revoke_token(desk: Desk, actor: str, now: datetime, token: str) -> Outcome:
    """Let a token open nothing any more, at once. `token` is its id or its prefix.

    Raises `NotFound`, `NotPossible`, `NotAllowed`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        row = act.session.scalar(select(Token).where((Token.id == token) | (Token.prefix == token)))
        if row is None:
            raise NotFound(f"token: there is no {token!r}; see 'avviso token list'")
        if row.revoked_at is not None:
            raise NotPossible(f"the token {row.name!r} was revoked already")
        row.revoked_at = now
        act.event("token_revoked", public=False, token=row.id)
        return act.outcome()


def tokens(session: Session) -> list[ListedToken]:
    """All tokens, the newest first, with the revoked ones."""
    logins = {row.id: row.login for row in session.scalars(select(Operator))}
    rows = session.scalars(select(Token).order_by(Token.created_at.desc(), Token.id))
    return [
        ListedToken(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            scopes=_scopes(row.scopes),
            operator=logins[row.operator_id],
            made_by=logins[row.made_by],
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
        )
        for row in rows
    ]


def _scopes(said: Iterable[str]) -> tuple[Scope, ...]:
    return tuple(Scope(scope) for scope in said)


def bearer_of(db: Database, shown: str, now: datetime) -> Bearer:
    """Who shows this token; notes that it was used. Raises `NoSuchBearer`."""
    if not shown:
        raise NoSuchBearer("show a token, as in 'Authorization: OAuth KEY'")
    shape = SHAPE.fullmatch(shown)
    if shape is None:
        raise NoSuchBearer("this is no token of Avviso's")
    with db.read() as session:
        row = session.scalar(select(Token).where(Token.prefix == shape[1]))
        if row is None or not secrets.compare_digest(row.digest, digest(shown)):
            raise NoSuchBearer("there is no such token")
        operator = session.get_one(Operator, row.operator_id)
    if row.revoked_at is not None:
        raise NoSuchBearer("this token was revoked")
    if row.expires_at is not None and row.expires_at <= now:
        raise NoSuchBearer("this token has expired")
    if operator.disabled_at is not None:
        raise NoSuchBearer("the operator that this token acts as may act no more")
    if row.last_used_at is None or row.last_used_at + _NOTED_EVERY <= now:
        _note(db, row.id, now)
    return Bearer(row.id, operator.login, operator.role, frozenset(_scopes(row.scopes)))


def _note(db: Database, token_id: str, now: datetime) -> None:
    with db.claim() as session:
        session.execute(update(Token).where(Token.id == token_id).values(last_used_at=now))
