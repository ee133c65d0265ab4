"""Components under their groups, as every page lists them."""

from __future__ import annotations

from collections.abc import Iterable

from incidents.view import PublicComponent, PublicGroup

Grouped = list[tuple[PublicGroup | None, list[PublicComponent]]]


def grouped(components: Iterable[PublicComponent], groups: Iterable[PublicGroup]) -> Grouped:
    """In the operators' order; those without a group come last."""
    ordered_parts = sorted(components, key=lambda part: part.position)
    ordered = sorted(groups, key=lambda group: group.position)
    known = {group.id for group in ordered}
    alone = [part for part in ordered_parts if part.group_id not in known]
    together = [(group, [p for p in ordered_parts if p.group_id == group.id]) for group in ordered]
    return [(group, parts) for group, parts in [*together, (None, alone)] if parts]
