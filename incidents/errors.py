"""What an action answers when it cannot do what was asked; each message says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class ActionError(Exception):
    """Nothing was changed. `problems` are sentences, each naming its field where there is one."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: Sequence[str] = problems


class InvalidInput(ActionError):
    """The input is wrong; each problem is "field: what is wrong and how to mend it"."""


class NotFound(ActionError):
    """What was named is not there."""


class NotPossible(ActionError):
    """The rules forbid it in the present state."""


class NotAllowed(ActionError):
    """This operator may not do it."""


class UpdatedFirst(ActionError):
    """Somebody else changed it in the meantime: look again, then decide."""
