"""When a publication was on the page, and when a delivery that goes again was due at first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("publications", sa.Column("shown_at", moment, nullable=True))
    op.add_column("deliveries", sa.Column("first_due_at", moment, nullable=True))
