"""How people sign in: passwords, second factors, sessions, links, and who failed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _credentials()
    _sessions()
    _links_and_devices()
    _failed_and_kept()


def _operator(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("operator_id", sa.String(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f(f"fk_{table}_operator_id_operators")
        ),
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _credentials() -> None:
    op.create_table(
        "credentials",
        *_operator("credentials"),
        sa.Column("password", sa.Text()),
        sa.Column("password_at", _INSTANT),
        sa.Column("second_factor", sa.Text()),
        sa.Column("second_factor_at", _INSTANT),
        sa.Column("second_factor_step", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(12)),
        _key("credentials", "operator_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        *_operator("recovery_codes"),
        sa.Column("used_at", _INSTANT),
        _key("recovery_codes", "digest"),
    )
    _index("recovery_codes", "operator_id")


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        *_operator("sessions"),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("half", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Column("neighbourhood", sa.String(64), nullable=False),
        _key("sessions", "digest"),
    )
    _index("sessions", "operator_id")
    _index("sessions", "seen_at")


def _links_and_devices() -> None:
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.String(64), nullable=False),
        *_operator("sign_in_links"),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        _key("sign_in_links", "digest"),
    )
    _index("sign_in_links", "operator_id")
    _index("sign_in_links", "expires_at")
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.String(64), nullable=False),
        *_operator("known_devices"),
        sa.Column("seen_at", _INSTANT, nullable=False),
        _key("known_devices", "digest"),
    )
    _index("known_devices", "operator_id")
    _index("known_devices", "seen_at")


def _failed_and_kept() -> None:
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counted", sa.String(64), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        _key("failed_sign_ins", "id"),
    )
    _index("failed_sign_ins", "counted", "at")
    _index("failed_sign_ins", "at")
    op.create_table(
        "kept_forms",
        sa.Column("session_digest", sa.String(64), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        *_operator("kept_forms"),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        _key("kept_forms", "session_digest", "path"),
    )
    _index("kept_forms", "operator_id")
    _index("kept_forms", "at")
