"""What the API answers, as models: Statuspage's manage API v1, and what is ours under `avviso`.

The models describe; the objects themselves are made in `_telling` and compared with these in the
tests. Fields that Avviso has no use for have the value that says so.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from incidents.status import ComponentStatus, Impact, IncidentKind, ListMode, Status
from incidents.subscribers import SubscriberState

Moment = str
"""As in 2020-12-08T14:26:00.000+01:00, by the page's clock."""


class Told(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(extra="forbid")


class PageObject(Told):
    """The page."""

    id: str
    created_at: Moment | None
    updated_at: Moment
    name: str
    page_description: str | None
    headline: str | None
    branding: str | None
    subdomain: str | None
    domain: str | None
    url: str
    support_url: str | None
    hidden_from_search: bool
    allow_page_subscribers: bool
    allow_incident_subscribers: bool
    allow_email_subscribers: bool
    allow_sms_subscribers: bool
    allow_rss_atom_feeds: bool
    allow_webhook_subscribers: bool
    time_zone: str
    avviso: PageExtras


class PageExtras(Told):
    """What is ours of a page."""

    names: dict[str, str]
    locales: list[str]
    default_locale: str


class ComponentExtras(Told):
    """What is ours of a component."""

    key: str
    names: dict[str, str]
    descriptions: dict[str, str]
    hidden: bool
    status_since: Moment


class ComponentObject(Told):
    """A part of the service that citizens know by name."""

    id: str
    name: str
    status: ComponentStatus
    created_at: Moment
    updated_at: Moment
    position: int
    description: str | None
    showcase: bool
    start_date: str | None
    group_id: str | None
    page_id: str
    group: bool
    only_show_if_degraded: bool
    automation_email: str | None
    avviso: ComponentExtras


class GroupExtras(Told):
    """What is ours of a component group."""

    key: str
    names: dict[str, str]
    descriptions: dict[str, str]


class GroupObject(Told):
    """A component group; `components` are the ids of its own."""

    id: str
    page_id: str
    name: str
    description: str | None
    components: list[str]
    position: int
    created_at: Moment
    updated_at: Moment
    avviso: GroupExtras


class SubscriberExtras(Told):
    """What is ours of a subscriber."""

    state: SubscriberState
    since: Moment
    why: str
    bounces: int
    locale: str
    follows: bool
    kinds: list[IncidentKind]
    incidents: list[str]
    push_service: str | None


class SubscriberObject(Told):
    """Somebody who asked to be told. `components` is empty for those who want all of them."""

    id: str
    mode: ListMode
    email: str | None
    endpoint: str | None
    phone_number: str | None
    phone_country: str | None
    display_phone_number: str | None
    obfuscated_channel_name: str | None
    workspace_name: str | None
    page_access_user_id: str | None
    skip_confirmation_notification: bool
    components: list[str]
    created_at: Moment
    quarantined_at: Moment | None
    purge_at: Moment | None
    avviso: SubscriberExtras


class PushCount(Told):
    """How many browsers."""

    push: int


class CountObject(Told):
    """How many subscribers there are of each type."""

    email: int
    webhook: int
    sms: int
    slack: int
    teams: int
    integration_partner: int
    avviso: PushCount


class StatesObject(Told):
    """How many subscribers there are in each state."""

    active: int
    unconfirmed: int
    quarantined: int
    total: int


class PushStates(Told):
    """The same of browsers."""

    push: StatesObject


class HistogramObject(Told):
    """How many subscribers there are of each type in each state."""

    email: StatesObject
    webhook: StatesObject
    sms: StatesObject
    slack: StatesObject
    teams: StatesObject
    integration_partner: StatesObject
    avviso: PushStates


class RelatedEntry(Told):
    """An entry, by its id."""

    id: str


class RelatedEvents(Told):
    """What took a component out."""

    incidents: list[RelatedEntry]


class UptimeObject(Told):
    """How a component or a group fared; of a group all seconds of its components are added up."""

    id: str
    name: str
    range_start: Moment = Field(description="From when on it is known, no sooner than `start`.")
    range_end: Moment = Field(description="Up to when it is counted: the end of `end`, or now.")
    uptime_percentage: float | None = Field(
        description="A full outage counts whole, a partial one 30%; `null` where nothing is known."
    )
    major_outage: int = Field(description="Seconds.")
    partial_outage: int = Field(description="Seconds.")
    warnings: str | None
    related_events: RelatedEvents


class ChangeObject(Told):
    """A component that an update touched."""

    code: str
    name: str
    old_status: ComponentStatus
    new_status: ComponentStatus


class UpdateExtras(Told):
    """What is ours of an update."""

    number: int
    texts: dict[str, dict[str, str]]
    untranslated: list[str] = Field(
        description="Languages in which it says the same words as in the default one."
    )
    next_update_by: Moment | None
    late_by: int | None = Field(description="Minutes by which the promise before it was missed.")
    still_cannot: dict[str, str]
    to_do: dict[str, str]
    not_to_do: dict[str, str]
    figures: list[dict[str, Any]]
    answers: list[str]
    automatic: bool
    corrected: int = Field(description="How often it was corrected.")
    retracted_at: Moment | None


class UpdateObject(Told):
    """One message in the life of an incident."""

    id: str
    incident_id: str
    affected_components: list[ChangeObject] | None
    body: str = Field(description="Markdown, in the default language.")
    created_at: Moment
    custom_tweet: str | None
    deliver_notifications: bool
    display_at: Moment
    status: Status
    tweet_id: str | None
    twitter_updated_at: Moment | None
    updated_at: Moment
    wants_twitter_update: bool
    avviso: UpdateExtras


class IncidentExtras(Told):
    """What is ours of an entry."""

    number: int
    key: str | None
    kind: IncidentKind
    names: dict[str, str]
    version: int = Field(description="What `If-Match` may name; the `ETag` of this object.")
    url: str
    next_update_by: Moment | None
    overdue: bool
    cancelled_at: Moment | None
    notice_id: str | None
    first_notice_after: int | None = Field(
        description="Minutes from the start of the fault to the first notice."
    )


class IncidentObject(Told):
    """An incident, planned work or an advance notice."""

    id: str
    name: str
    status: Status
    created_at: Moment
    updated_at: Moment
    monitoring_at: Moment | None
    resolved_at: Moment | None
    impact: Impact
    shortlink: str
    started_at: Moment
    page_id: str
    incident_updates: list[UpdateObject]
    components: list[ComponentObject]
    scheduled_for: Moment | None
    scheduled_until: Moment | None
    impact_override: Impact | None
    metadata: dict[str, Any]
    postmortem_body: str | None
    postmortem_body_last_updated_at: Moment | None
    postmortem_ignored: bool
    postmortem_notified_subscribers: bool
    postmortem_notified_twitter: bool
    postmortem_published_at: Moment | None
    scheduled_auto_completed: bool
    scheduled_auto_in_progress: bool
    auto_transition_deliver_notifications_at_end: bool
    auto_transition_deliver_notifications_at_start: bool
    auto_transition_to_maintenance_state: bool
    auto_transition_to_operational_state: bool
    scheduled_remind_prior: bool
    scheduled_reminded_at: Moment | None
    reminder_intervals: str | None
    avviso: IncidentExtras


class PostmortemObject(Told):
    """What was learnt: a draft, what was published, or both."""

    preview_key: str | None
    body: str | None
    body_updated_at: Moment | None
    body_draft: str | None
    body_draft_updated_at: Moment | None
    published_at: Moment | None
    notify_subscribers: bool
    notify_twitter: bool
    custom_tweet: str | None
    created_at: Moment | None
    updated_at: Moment | None


class TemplateField(Told):
    """A blank in a notice template."""

    name: str
    type: str
    label: str
    help: str
    required: bool


class TemplateExtras(Told):
    """What is ours of a template: what `incident[template]` and `incident[fields]` take."""

    kind: str
    titles: dict[str, str]
    fields: list[TemplateField]


class TemplateObject(Told):
    """A notice template. `body` shows it with its longest examples."""

    id: str
    components: list[ComponentObject]
    name: str
    title: str
    body: str
    group_id: str | None
    update_status: Status | None
    should_tweet: bool
    should_send_notifications: bool
    avviso: TemplateExtras


class WaitingObject(Told):
    """Nothing was published: it waits for a second person."""

    draft_id: str
    why: str
    message: str
    status: Literal["waiting"]


PageObject.model_rebuild()
