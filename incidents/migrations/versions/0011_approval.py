"""A second person's approval of a draft, which a later change of the text makes void."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("approved_by", sa.String(12)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("drafts", column)
