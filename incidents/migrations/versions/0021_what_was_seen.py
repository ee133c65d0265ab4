"""What was seen of posts that are out, and tickets with networks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("reader", sa.Boolean(), nullable=True),
        sa.Column("account", sa.Boolean(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", sa.Boolean(), nullable=True),
        sa.Column("hashtags", sa.JSON(), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reach", sa.JSON(), nullable=False),
        sa.Column("reach_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("unseen_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_sightings_delivery_id_deliveries")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_sightings")),
    )
    op.create_index(op.f("ix_sightings_channel_due_at"), "sightings", ["channel", "due_at"])
    op.create_index(op.f("ix_sightings_unseen_since"), "sightings", ["unseen_since"])
    op.create_table(
        "network_tickets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=12), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_network_tickets_delivery_id_deliveries"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["operators.id"], name=op.f("fk_network_tickets_opened_by_operators")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["operators.id"], name=op.f("fk_network_tickets_closed_by_operators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_tickets")),
    )
    op.create_index(
        op.f("ix_network_tickets_closed_at_channel"), "network_tickets", ["closed_at", "channel"]
    )
    op.create_index(op.f("ix_network_tickets_delivery_id"), "network_tickets", ["delivery_id"])
