"""Which entry holds a component and what others say of it, without reading all of history."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("holding", "status"):
        op.create_index(
            op.f(f"ix_affected_components_component_id_{column}"),
            "affected_components",
            ["component_id", column],
        )
