"""What an update said beside its words before a correction; unknown in those that were there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("corrections", sa.Column("advice_before", sa.JSON(), nullable=True))
