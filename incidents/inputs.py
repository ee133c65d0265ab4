"""What operators say, checked: one model per action, every problem named by its field.

Pure: what needs the database (does that component exist?) is checked by the action.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from incidents.errors import InvalidInput
from incidents.status import ComponentStatus, Impact, IncidentKind, Origin, Role, Status

BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s]*)?", re.IGNORECASE)
REFERENCE_LENGTH = 120
"""Characters of a network's own name for a ticket."""
NAME_LENGTH = 255  # Statuspage's limit for an incident's name
BODY_LENGTH = 25_000


def _clean(text: str, allowed: str) -> str:
    for char in text:
        if char in BIDI_OVERRIDES:
            raise ValueError(f"has the invisible direction mark U+{ord(char):04X}; remove it")
        if unicodedata.category(char) in ("Cc", "Cs") and char not in allowed:
            raise ValueError(f"has the control character U+{ord(char):04X}; remove it")
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise ValueError("is empty; write at least one word")
    return text


def _line(text: str) -> str:
    return _clean(text, "")


def _paragraphs(text: str) -> str:
    return _clean(text.replace("\r\n", "\n"), "\n\t")


def _every_locale(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    locales: Sequence[str] = (info.context or {}).get("locales", ())
    missing = [locale for locale in locales if locale not in texts]
    unknown = [locale for locale in texts if locales and locale not in locales]
    if missing:
        raise ValueError(f"the language {', '.join(missing)} is missing; write it too")
    if unknown:
        raise ValueError(
            f"{', '.join(unknown)} is not a language of the page ({', '.join(locales)})"
        )
    return texts


def _key(text: str) -> str:
    if not re.fullmatch(r"(?=.*[a-z])[a-z0-9][a-z0-9-]{0,79}", text):
        # With a letter, so that it is never taken for an incident's number.
        raise ValueError("may hold only a-z, 0-9 and '-', a letter among them, at most 80")
    return text


def _instant(moment: datetime) -> datetime:
    # Far from the ends of Python's calendar, where no zone's clock can be worked out any more.
    if not 1970 <= moment.year < 2200:
        raise ValueError(f"the year {moment.year} is out of range; check it")
    return moment.astimezone(UTC)


Line = Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(_line)]
Paragraphs = Annotated[str, Field(max_length=BODY_LENGTH), AfterValidator(_paragraphs)]
Key = Annotated[str, AfterValidator(_key)]
LocalizedLine = Annotated[dict[str, Line], AfterValidator(_every_locale)]
LocalizedParagraphs = Annotated[dict[str, Paragraphs], AfterValidator(_every_locale)]
Moment = Annotated[AwareDatetime, AfterValidator(_instant)]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextInput(Input):
    """An update's own words in one locale. `short` may be left out: the headline stands in."""

    headline: Line
    short: Annotated[str, Field(max_length=BODY_LENGTH), AfterValidator(_line)] | None = None
    body: Paragraphs


class FigureInput(Input):
    """A published number. `value` is a number, or "unknown"; the rest keeps it from misleading."""

    key: Key
    value: int | FiniteFloat | None
    unit: LocalizedLine
    definition: LocalizedLine
    source: LocalizedLine
    as_of: Moment
    caveat: LocalizedLine | None = None

    @model_validator(mode="before")
    @classmethod
    def _unknown(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("value") == "unknown":
            return {**data, "value": None}
        if isinstance(data, Mapping) and isinstance(data.get("value"), bool):
            raise ValueError("value: should be a number, or unknown")
        return data


class AnswerInput(Input):
    key: Annotated[str, Field(max_length=120)]
    fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _by_key(cls, data: Any) -> Any:
        return {"key": data} if isinstance(data, str) else data


class Words(Input):
    """The words of an update: a notice template with its fields, or texts per locale."""

    template: Annotated[str, Field(max_length=120)] | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    texts: dict[str, TextInput] | None = None

    @model_validator(mode="after")
    def _one_of_both(self, info: ValidationInfo) -> Self:
        if (self.template is None) == (self.texts is None):
            raise ValueError("give either a template or texts in every language")
        if self.texts is not None:
            _every_locale(dict.fromkeys(self.texts, ""), info)
            if self.fields:
                raise ValueError("fields: belong to a template; own texts have none")
        return self


class MessageWords(Words):
    """What every message may carry besides its words."""

    components: dict[Key, ComponentStatus] = Field(default_factory=dict)
    figures: tuple[FigureInput, ...] = ()
    answers: tuple[AnswerInput, ...] = ()
    to_do: LocalizedLine | None = None
    """What readers should do, in a sentence or two."""
    not_to_do: LocalizedLine | None = None
    """What they need not or should not do."""
    internal_note: Annotated[str, Field(max_length=BODY_LENGTH)] = ""


class UpdateWords(MessageWords):
    """What one of something that goes on may carry too."""

    next_update_by: Moment | None = None
    still_cannot: LocalizedLine | None = None
    origin: Origin = Origin.OPERATOR


class DeclareInput(UpdateWords):
    name: LocalizedLine
    key: Key | None = None
    status: Status = Status.INVESTIGATING
    impact: Impact | None = None
    started_at: Moment | None = None
    from_notice: str | None = None


class UpdateInput(UpdateWords):
    incident: str
    """Its id, key or number ("#42" or "42")."""
    status: Status | None = None
    key: Key | None = None
    impact: Impact | None = None
    version: int | None = None
    """The version that the operator saw; another one there now means somebody was first."""


ADVICE = ("still_cannot", "to_do", "not_to_do")
"""What an update says beside its words."""


class CorrectInput(Input):
    """Put a published update right, visibly: new field values, or new texts; and what it says
    beside them. None for what it should not say any more; what is left out stays."""

    incident: str
    update: str
    """Its number or key."""
    fields: dict[str, Any] = Field(default_factory=dict)
    texts: dict[str, TextInput] | None = None
    still_cannot: LocalizedLine | None = None
    to_do: LocalizedLine | None = None
    not_to_do: LocalizedLine | None = None
    figures: tuple[FigureInput, ...] | None = None
    """All that it tells from now on, the ones that were right among them."""
    reason: LocalizedLine
    version: int | None = None

    @model_validator(mode="after")
    def _something(self, info: ValidationInfo) -> Self:
        if self.fields and self.texts is not None:
            raise ValueError("give either new fields or new texts")
        if not (self.fields or self.texts or self.model_fields_set & {*ADVICE, "figures"}):
            raise ValueError("give new fields or new texts, or what it says beside them")
        if self.texts is not None:
            _every_locale(dict.fromkeys(self.texts, ""), info)
        return self


class RetractInput(Input):
    incident: str
    update: str
    reason: LocalizedLine
    version: int | None = None


class PostAnswerInput(Input):
    """An answer posted in an incident's thread, and shown there."""

    incident: str
    answer: AnswerInput
    version: int | None = None


class ScheduleInput(MessageWords):
    """Planned work, or the warning of an expected strain (which changes no status)."""

    kind: IncidentKind
    name: LocalizedLine
    key: Key | None = None
    starts_at: Moment
    ends_at: Moment
    starts_itself: bool = True
    ends_itself: bool = True

    @model_validator(mode="before")
    @classmethod
    def _names_only(cls, data: Any) -> Any:
        named = data.get("components") if isinstance(data, Mapping) else None
        if isinstance(named, list | tuple):
            planned = ComponentStatus.UNDER_MAINTENANCE
            return {**data, "components": {str(key): planned for key in named}}
        return data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.kind is IncidentKind.INCIDENT:
            raise ValueError("kind: an incident is declared, not scheduled")
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at: is not after starts_at")
        return self


class BackdateInput(UpdateWords):
    """An incident that is over, told afterwards; it goes to no channel."""

    name: LocalizedLine
    key: Key | None = None
    impact: Impact | None = None
    started_at: Moment
    resolved_at: Moment

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.resolved_at <= self.started_at:
            raise ValueError("resolved_at: is not after started_at")
        return self


Seen = Moment | Literal["new"] | None
"""When the operator saw that it had last been changed, or that it was not there yet; None where
that does not matter."""


class ComponentInput(Input):
    key: Key
    name: LocalizedLine
    description: dict[str, Paragraphs] = Field(default_factory=dict)
    group: Key | None = None
    position: int | None = None
    hidden: bool = False
    only_show_if_degraded: bool = False
    seen: Seen = None


class GroupInput(Input):
    key: Key
    name: LocalizedLine
    description: dict[str, Paragraphs] = Field(default_factory=dict)
    position: int | None = None
    seen: Seen = None


class OperatorInput(Input):
    login: Annotated[str, Field(max_length=120), AfterValidator(_line)]
    name: Annotated[str, Field(max_length=120), AfterValidator(_line)]
    role: Role = Role.AUTHOR


Model = TypeVar("Model", bound=Input)


class RewordInput(Input):
    """A notice template or an answer in other words: whole texts as files have them."""

    kind: Literal["notice", "answer"]
    key: Annotated[str, Field(max_length=120)]
    sources: Annotated[dict[str, str], Field(min_length=1)]
    version: int | None = None

    @field_validator("sources")
    @classmethod
    def _known_locales(cls, sources: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        locales: Sequence[str] = (info.context or {}).get("locales", ())
        unknown = [locale for locale in sources if locales and locale not in locales]
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)} is not a language of the page ({', '.join(locales)})"
            )
        return sources


class AnsweredInput(Input):
    """A citizen's post that a person answered. Its text is not kept."""

    answer: Annotated[str, Field(max_length=120), AfterValidator(_line)]
    network: Annotated[str, Field(max_length=20)] = ""
    address: Annotated[str, Field(max_length=500)] = ""


class TicketInput(Input):
    """A ticket that was opened with a network."""

    channel: Annotated[str, Field(max_length=40)]
    reference: Annotated[str, Field(max_length=REFERENCE_LENGTH), AfterValidator(_line)]
    url: Annotated[str, Field(max_length=2000)] = ""
    words: Annotated[str, Field(max_length=2000)] = ""
    delivery: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    opened: Moment | None = None

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        """It becomes a link on the operators' pages."""
        url = url.strip()
        if not url:
            return ""
        if not _ADDRESS.fullmatch(url):
            raise ValueError("has to be an address that begins with https://")
        return url

    @field_validator("words")
    @classmethod
    def _are_words(cls, words: str) -> str:
        return _paragraphs(words) if words.strip() else ""


def parse(model: type[Model], data: Model | Mapping[str, Any], locales: Sequence[str]) -> Model:
    """Check what an operator said. Raises `InvalidInput` with every problem, each by its field."""
    raw = data.model_dump(exclude_unset=True) if isinstance(data, Input) else data
    try:
        return model.model_validate(raw, context={"locales": tuple(locales)})
    except ValidationError as problem:
        raise InvalidInput(*(_sentence(error) for error in problem.errors())) from None


_IN_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "dict_type": "should be an object, with a value for each name",
    "model_type": "should be an object, with a value for each name",
    "list_type": "should be a list",
    "datetime_type": "should be a moment, as in 2020-12-08T18:30:00+01:00",
    "datetime_parsing": "should be a moment, as in 2020-12-08T18:30:00+01:00",
    "datetime_from_date_parsing": "should be a moment, as in 2020-12-08T18:30:00+01:00",
}
"""By pydantic's type of an error, what is said in the place of its own words."""


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-"))
    what = _IN_WORDS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
