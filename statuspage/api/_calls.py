"""One request of a program: who asks for what, what it may, and what it is answered.

The routes and the OpenAPI document are made from the same list of operations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from incidents import proposed, queries
from incidents.access._tokens import Bearer, Scope
from incidents.actions import Desk, Outcome
from incidents.approval import Judgement
from incidents.inputs import Input
from incidents.status import Role
from statuspage._at_hand import composers, put_online, turn
from statuspage.api._errors import Refused
from statuspage.checking import publish
from statuspage.house import House
from statuspage.publishing import SameIds, done_by, ids_of
from statuspage.site import NotOnline

LARGEST_PAGE = 100
"""Objects that one page of a list may have; Statuspage's limit."""
LAST_PAGE = 100_000
_DESPITE = "to publish it all the same, say why in despite, by the id in [ ]"


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is asked for, of which size; and how many objects there are in all."""

    number: int
    size: int
    total: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. `etag` is the version that `If-Match` may name."""

    content: Any
    status: int = 200
    etag: str = ""
    paging: Paging | None = None


Body = TypeVar("Body", bound=Input)
Work = Callable[["Call[Any]", Desk], Outcome]


class Despite(Protocol):
    """What a client takes upon itself: why it publishes what the checks stop, by their ids, and
    why it cannot wait for a second person."""

    @property
    def despite(self) -> Mapping[str, str]: ...
    @property
    def emergency(self) -> str: ...


@dataclass(frozen=True)
class Call(Generic[Body]):
    """One request that was understood."""

    house: House
    bearer: Bearer
    now: datetime
    args: Mapping[str, str]
    """The variable parts of its path."""
    query: Mapping[str, str]
    body: Body
    version: int | None = None
    """The version that the client saw, from `If-Match`."""
    seen: str | None = None
    """The same of a component or group, whose version is no number."""
    key: str = ""
    """Its idempotency key; "" for none."""
    again: bool = False
    """Whether the very same request was begun before, by a process that died."""
    not_online: list[NotOnline] = field(default_factory=list)
    """The targets that do not show it yet."""
    findings: list[str] = field(default_factory=list)
    """What the checks found and let pass, by id."""

    @cached_property
    def ids(self) -> SameIds:
        """The ids of what it makes. With a key they are the same whenever it comes again."""
        if not self.key:
            return SameIds(self.house.desk.new_id)
        return ids_of(f"{self.bearer.token_id} {self.key}")

    @cached_property
    def done(self) -> Outcome | None:
        """What the very same request did before its process died; None where it did nothing."""
        return done_by(self.house, self.ids) if self.again else None

    def publish(self, work: Work, said: Despite) -> Outcome:
        """Check a notice, publish it, and put it online. Raises `ActionError`, `InDoubt`."""
        judged: list[Judgement] = []

        def checked() -> Outcome:
            outcome, found = publish(
                self._own_house,
                partial(work, self),
                self.ids,
                composers(),
                despite=said.despite,
                emergency=said.emergency,
                seen=self.version,
                how=_DESPITE,
            )
            judged.append(found)
            return outcome

        outcome = self._once(checked)
        self.findings.extend(name for found in judged for name in found.findings)
        return outcome

    def act(self, work: Work) -> Outcome:
        """Do something that says nothing to anybody, and put it online. Raises `ActionError`."""
        return self._once(lambda: work(self, self.ids.desk(self._own_house.desk)))

    @cached_property
    def _own_house(self) -> House:
        """The house as programs act in it: what they publish may have to wait for its window."""
        return replace(self.house, desk=replace(self.house.desk, by_program=True))

    def _once(self, work: Callable[[], Outcome]) -> Outcome:
        """Where the very same request did it already, and did not live to say so, it is not done
        again: its ids are taken."""
        try:
            outcome = self.done or work()
        except IntegrityError:
            done = done_by(self.house, self.ids) if self.key else None
            if done is None:
                raise
            outcome = done
        with turn().let_go():
            late = put_online(outcome.event, self.house.settings.api.online_within)
        self.not_online.extend(late)
        return outcome

    def our_words(self, phrase: str) -> dict[str, str]:
        """A phrase of ours in the page's languages."""
        desk = self.house.desk
        return proposed.sentence(phrase, desk.service, desk.texts.words)

    def listing(self, session: Any) -> queries.Listing:
        """What there is, within one snapshot."""
        house = self.house
        return queries.Listing(session, house.service, house.shipped, self.now, house.kept)

    def paging(self) -> Paging:
        """Which page is asked for. Raises `Refused`."""
        size = "limit" if "limit" in self.query else "per_page"
        return Paging(
            self._number("page", 1, LAST_PAGE), self._number(size, LARGEST_PAGE, LARGEST_PAGE)
        )

    def _number(self, name: str, default: int, most: int) -> int:
        said = self.query.get(name)
        if said is None or said == "":
            return default
        if not (said.isascii() and said.isdigit() and len(said) < 10 and 1 <= int(said) <= most):
            raise Refused(422, f"{name}: should be a number from 1 to {most}")
        return int(said)


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter of a query, for the OpenAPI document."""

    name: str
    says: str
    schema: Mapping[str, Any]


_SIZE = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}
PAGED = (
    Query("page", "Which page.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}),
    Query("per_page", "How many on a page.", _SIZE),
    Query("limit", "The same as `per_page`.", _SIZE),
)


@dataclass(frozen=True)
class Operation:
    """One thing that the API does, as it is routed and as it is described."""

    methods: tuple[str, ...]
    path: str
    """Below /v1, as in "/pages/{page_id}/incidents"."""
    title: str
    answer: Any
    """The model of what is answered; `list[Model]` for a list, None for nothing."""
    work: Callable[[Call[Any]], Answer]
    body: type[Input] = Input
    status: int = 200
    scope: Scope = Scope.READ
    role: Role = Role.VIEWER
    query: tuple[Query, ...] = ()
    versioned: bool = False
    """Whether `If-Match` is understood, with a number."""
    tagged: bool = False
    """Whether it is, with 16 hexadecimal digits."""
    loose: bool = False
    """Whether it takes any body, because it looks at none."""
    drafts: bool = False
    """Whether it may have to wait for a second person: 202."""

    @property
    def says(self) -> str:
        """What its description says beside the title: what the function says of itself."""
        own = getattr(self.work, "func", self.work)
        return " ".join((own.__doc__ or "").split())

    @property
    def envelope(self) -> str:
        """The name of the field that holds what is said: "incident"."""
        return next(iter(self.body.model_fields), "")

    @property
    def writes(self) -> bool:
        return "GET" not in self.methods
