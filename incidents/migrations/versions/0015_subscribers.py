"""Subscribers, what they chose, and how far each list has been walked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(length=43), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("everything", sa.Boolean(), nullable=False),
        sa.Column("incidents", sa.Boolean(), nullable=False),
        sa.Column("maintenances", sa.Boolean(), nullable=False),
        sa.Column("notices", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("active_since", _INSTANT, nullable=True),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("id", name=op.f("uq_subscribers_id")),
    )
    confirmed = sa.text("state <> 'unconfirmed'")
    op.create_index(
        "uq_subscribers_address",
        "subscribers",
        ["mode", "address_key"],
        unique=True,
        sqlite_where=confirmed,
        postgresql_where=confirmed,
    )
    _index("subscribers", "address_key")
    _index("subscribers", "mode", "state", "number")
    _index("subscribers", "state", "changed_at")
    op.create_table(
        "subscriber_components",
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.String(length=12), nullable=False),
        _of_subscriber("subscriber_components"),
        _reference("subscriber_components", "component_id", "components"),
        sa.PrimaryKeyConstraint(
            "subscriber", "component_id", name=op.f("pk_subscriber_components")
        ),
    )
    op.create_table(
        "subscriber_incidents",
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(length=12), nullable=False),
        _of_subscriber("subscriber_incidents"),
        _reference("subscriber_incidents", "incident_id", "incidents"),
        sa.PrimaryKeyConstraint("subscriber", "incident_id", name=op.f("pk_subscriber_incidents")),
    )
    _index("subscriber_incidents", "incident_id")
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.String(length=12), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        _reference("rounds", "delivery_id", "deliveries"),
        _reference("rounds", "change_id", "component_changes"),
        _reference("rounds", "incident_id", "incidents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("channel", "delivery_id", name=op.f("uq_rounds_channel_delivery_id")),
        sa.UniqueConstraint("channel", "change_id", name=op.f("uq_rounds_channel_change_id")),
    )
    _index("rounds", "channel", "done_at")
    _index("rounds", "incident_id", "channel")
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        _reference("batches", "round_id", "rounds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    _index("batches", "round_id")
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        _of_subscriber("letters"),
        _reference("letters", "round_id", "rounds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    _index("letters", "channel", "not_before")
    _index("letters", "round_id")
    _index("letters", "subscriber")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _reference(
    table: str, column: str, to: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    key = "number" if to == "subscribers" else "id"
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=name, ondelete=ondelete)


def _of_subscriber(table: str) -> sa.ForeignKeyConstraint:
    return _reference(table, "subscriber", "subscribers", ondelete="CASCADE")
