"""What clients may say: Statuspage's fields, and what is ours as optional fields beside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, WithJsonSchema

from incidents.inputs import (
    BODY_LENGTH,
    AnswerInput,
    FigureInput,
    Input,
    Moment,
    TextInput,
)
from incidents.status import ComponentStatus, Impact, IncidentKind, Status


def _words(said: Any) -> Any:
    if isinstance(said, str):
        if not said.strip():
            raise ValueError("is empty; write at least one word")
        return said
    if isinstance(said, dict) and said and all(isinstance(text, str) for text in said.values()):
        return said
    raise ValueError("should be a text, or a text for each language")


def _none_if_empty(said: Any) -> Any:
    return None if said == "" else said


Words = Annotated[
    Any,
    BeforeValidator(_words),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "additionalProperties": {"type": "string", "minLength": 1},
                    "minProperties": 1,
                },
            ],
            "description": "A text for every language alike, or one for each language.",
        }
    ),
]
"""A text, which then stands in every language, or one for each."""
Described = Annotated[
    Any,
    BeforeValidator(lambda said: None if said in (None, "", {}) else _words(said)),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
                {"type": "null"},
            ]
        }
    ),
]
"""The same, which may be empty."""


class NoEffect:
    """Marks a field that is taken for compatibility."""


Ignored = Annotated[
    Any, Field(description="Taken for compatibility; it says nothing here."), NoEffect()
]
Body = Annotated[str, Field(max_length=BODY_LENGTH)]


class DespiteSaid(Input):
    """What a client takes upon itself."""

    despite: dict[str, str] = Field(
        default_factory=dict,
        description="Why it goes out although a check stops it, by the check's id.",
    )
    emergency: str = Field(
        default="", max_length=500, description="Why it cannot wait for a second person."
    )


class IncidentSaid(DespiteSaid):
    """An incident, planned work or an advance notice, or what is new in one."""

    name: Words | None = None
    status: Annotated[Status | None, BeforeValidator(_none_if_empty)] = None
    impact_override: Annotated[Impact | None, BeforeValidator(_none_if_empty)] = None
    body: Body | None = Field(
        default=None,
        validation_alias=AliasChoices("body", "message"),
        description="Markdown. It stands in every language; `texts` has one for each.",
    )
    components: dict[str, Annotated[ComponentStatus | None, BeforeValidator(_none_if_empty)]] = (
        Field(default_factory=dict, description="Statuses by the components' ids or keys.")
    )
    component_ids: list[str] = Field(
        default_factory=list, description="Components that are named as they are."
    )
    scheduled_for: Moment | None = None
    scheduled_until: Moment | None = None
    scheduled_auto_in_progress: bool | None = None
    scheduled_auto_completed: bool | None = None
    backfilled: bool = False
    backfill_date: Ignored = None
    scheduled_remind_prior: Ignored = None
    scheduled_auto_transition: Ignored = None
    auto_transition_to_maintenance_state: Ignored = None
    auto_transition_to_operational_state: Ignored = None
    auto_transition_deliver_notifications_at_start: Ignored = None
    auto_transition_deliver_notifications_at_end: Ignored = None
    metadata: Ignored = None
    deliver_notifications: Ignored = None
    reminder_intervals: Ignored = None
    wants_twitter_update: Ignored = None
    auto_tweet_at_beginning: Ignored = None
    auto_tweet_on_completion: Ignored = None
    auto_tweet_on_creation: Ignored = None
    auto_tweet_one_hour_before: Ignored = None

    key: str | None = None
    kind: IncidentKind | None = None
    texts: dict[str, TextInput] | None = None
    template: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    figures: list[FigureInput] = Field(default_factory=list)
    answers: list[AnswerInput] = Field(default_factory=list)
    next_update_by: Annotated[Moment | None, BeforeValidator(_none_if_empty)] = None
    still_cannot: Words | None = None
    to_do: Words | None = None
    not_to_do: Words | None = None
    started_at: Moment | None = None
    resolved_at: Moment | None = None
    from_notice: str | None = None
    internal_note: str = ""


class IncidentBody(Input):
    incident: IncidentSaid


_NOT_ANY_MORE = "Left out, it stays as it is; null: it is not said any more."


class CorrectionSaid(DespiteSaid):
    """What an update should have said."""

    body: Body | None = None
    texts: dict[str, TextInput] | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    reason: Words | None = Field(default=None, description="Why; readers see it.")
    still_cannot: Words | None = Field(default=None, description=_NOT_ANY_MORE)
    to_do: Words | None = Field(default=None, description=_NOT_ANY_MORE)
    not_to_do: Words | None = Field(default=None, description=_NOT_ANY_MORE)
    figures: list[FigureInput] | None = Field(
        default=None, description="All that it tells from now on, the ones that were right too."
    )
    wants_twitter_update: Ignored = None
    display_at: Ignored = None
    deliver_notifications: Ignored = None


class CorrectionBody(Input):
    incident_update: CorrectionSaid


class PostmortemSaid(Input):
    body_draft: Body | None = None
    texts: dict[str, TextInput] | None = None


class PostmortemBody(Input):
    postmortem: PostmortemSaid


class PublishSaid(DespiteSaid):
    notify_subscribers: Ignored = None
    notify_twitter: Ignored = None
    custom_tweet: Ignored = None


class PublishBody(Input):
    postmortem: PublishSaid = PublishSaid()


class ComponentSaid(Input):
    """A component, or what changes of it."""

    name: Words | None = None
    description: Described = None
    status: Annotated[ComponentStatus | None, BeforeValidator(_none_if_empty)] = None
    group_id: str | None = None
    only_show_if_degraded: bool | None = None
    position: int | None = Field(default=None, ge=1, le=9999)
    key: str | None = None
    hidden: bool | None = None
    showcase: Ignored = None
    start_date: Ignored = None
    automation_email: Ignored = None


class ComponentBody(Input):
    component: ComponentSaid


class GroupSaid(Input):
    """A component group, or what changes of it."""

    name: Words | None = None
    description: Described = None
    components: list[str] | None = Field(default=None, min_length=1)
    position: int | None = Field(default=None, ge=1, le=9999)
    key: str | None = None


class GroupBody(Input):
    component_group: GroupSaid
    description: Described = None


class SubscriberSaid(Input):
    """Somebody who is to be told."""

    email: str | None = Field(default=None, description="Theirs, or of a webhook's owner.")
    endpoint: str | None = Field(default=None, description="A webhook's address.")
    component_ids: list[str] | None = Field(
        default=None, min_length=1, description="Ids or keys; left out: all."
    )
    skip_confirmation_notification: bool | None = Field(
        default=None, description="Whether they agreed elsewhere, and are active at once."
    )
    phone_number: str | None = Field(default=None, description="Refused: nobody is told by SMS.")
    phone_country: Ignored = None
    page_access_user: Ignored = None

    consent: str = Field(
        default="", max_length=200, description="Where and when they agreed; the trail keeps it."
    )
    locale: str | None = None
    kinds: list[IncidentKind] | None = Field(default=None, min_length=1)


class SubscriberBody(Input):
    subscriber: SubscriberSaid


class SubscriberChange(Input):
    component_ids: list[str] | None = Field(
        default=None, min_length=1, description="Ids or keys; with nothing said at all: all."
    )
    locale: str | None = None
    kinds: list[IncidentKind] | None = Field(default=None, min_length=1)


class NamedSubscribers(Input):
    subscribers: list[str] | Literal["all"] = Field(description='Ids, or "all".')
    type: str | None = None
    state: str | None = None
    skip_unsubscription_notification: Ignored = None
