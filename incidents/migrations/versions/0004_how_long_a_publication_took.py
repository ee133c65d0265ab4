"""How long the latest publication took to be shown by a target, in milliseconds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shown_events", sa.Column("took", sa.Integer(), nullable=True))
