"""What monitors say is wrong, and the signed messages that were taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=255), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=80), nullable=False),
        sa.Column("components", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft_id", sa.String(length=12), nullable=True),
        sa.Column("incident_id", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_alarms_incident_id_incidents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    for columns in (
        ["source", "fingerprint"],
        ["source", "created_at"],
        ["seen_at"],
        ["draft_id"],
        ["incident_id"],
    ):
        op.create_index(op.f(f"ix_alarms_{'_'.join(columns)}"), "alarms", columns)
    op.create_table(
        "alarm_messages",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "message_id", name=op.f("pk_alarm_messages")),
    )
    op.create_index(op.f("ix_alarm_messages_signed_at"), "alarm_messages", ["signed_at"])
