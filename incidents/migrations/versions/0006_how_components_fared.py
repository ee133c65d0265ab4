"""What happened to all components in a time, and the newest entries of one, without reading all."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_component_changes_at"), "component_changes", ["at"])
    op.create_index(op.f("ix_incidents_started_at_number"), "incidents", ["started_at", "number"])
