"""Alembic's entry: runs on the connection that `Database.migrate` hands over."""

from typing import Literal

from alembic import context

from incidents import alarms, answered, operators_texts, prompts, sightings  # noqa: F401
from incidents.access import _replies, _rows, _tokens  # noqa: F401  their tables are described too
from incidents.models import Base, Instant, Word
from incidents.subscribers import _rows as _subscribers  # noqa: F401  and these


def render_plainly(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations name plain types, so that an old one never depends on today's models."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(40)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_plainly,
)
context.run_migrations()
