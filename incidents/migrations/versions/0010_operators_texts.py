"""Templates and answers that operators reworded, and which posts of citizens were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operators_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("made_from", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.String(12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["operators.id"], name=op.f("fk_operators_texts_author_id_operators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators_texts")),
        sa.UniqueConstraint(
            "kind", "key", "number", name=op.f("uq_operators_texts_kind_key_number")
        ),
    )
    op.create_table(
        "answered_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(120), nullable=False),
        sa.Column("operator_id", sa.String(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operators.id"],
            name=op.f("fk_answered_posts_operator_id_operators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered_posts")),
    )
    op.create_index(op.f("ix_answered_posts_address"), "answered_posts", ["address"])
    op.create_index(op.f("ix_answered_posts_at"), "answered_posts", ["at"])
