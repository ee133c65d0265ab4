"""What readers should do, and what not, as an update says it; empty in those that were there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("incident_updates", "publications")


def upgrade() -> None:
    for table in _TABLES:
        for name in ("to_do", "not_to_do"):
            op.add_column(table, sa.Column(name, sa.JSON(), nullable=True))
