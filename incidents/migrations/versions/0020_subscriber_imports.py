"""Files of subscribers that are being taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("operator_id", sa.String(length=12), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("ready_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_imports_operator_id_operators")
        ),
    )
    op.create_table(
        "import_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.String(length=12), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_parts")),
        _of_import("import_parts"),
    )
    op.create_table(
        "import_faults",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.String(length=12), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_faults")),
        _of_import("import_faults"),
    )
    for table in ("import_parts", "import_faults"):
        op.create_index(op.f(f"ix_{table}_import_id"), table, ["import_id"])


def _of_import(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["import_id"],
        ["imports.id"],
        name=op.f(f"fk_{table}_import_id_imports"),
        ondelete="CASCADE",
    )
