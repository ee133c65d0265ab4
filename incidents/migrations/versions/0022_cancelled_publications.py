"""What says that a plan is called off is known as such."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "publications",
        sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
