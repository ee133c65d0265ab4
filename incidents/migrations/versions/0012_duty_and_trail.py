"""Who is on duty, and the trail found by person, by kind and by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.String(length=12), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_duty_operator_id_operators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_events_kind_seq"), "events", ["kind", "seq"])
    op.create_index(op.f("ix_events_operator_id_seq"), "events", ["operator_id", "seq"])
    op.create_index(op.f("ix_events_at_seq"), "events", ["at", "seq"])
