"""The nursery of `tests/kill`, in which a folder called "both" is one that machines share.

Such a folder's own lock locks nothing: that of one machine is not seen by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from publishers.targets.directory import Target
from tests.kill._warm import Parent, become, warm_up

SHARED = "both"
_lock = Target.lock


@contextmanager
def _lock_of_this_machine(target: Target) -> Iterator[None]:
    if target.root.name == SHARED:
        yield
        return
    with _lock(target):
        yield


def share() -> None:
    """From now on a folder of this name is shared, in this process and those that it forks."""
    is_shared = property(lambda target: target.root.name == SHARED)
    Target.shared = is_shared  # type: ignore[assignment]
    Target.lock = _lock_of_this_machine  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    warm_up()
    share()
    parent = Parent()
    order = parent.serve()
    if order is None:
        parent.end()
    else:
        become(order)
