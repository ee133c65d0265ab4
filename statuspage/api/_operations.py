"""Everything that the API does: the one list from which it is routed and described."""

from __future__ import annotations

from functools import partial

from incidents.access._tokens import Scope
from incidents.status import Role
from statuspage.api import _components as components
from statuspage.api import _incidents as incidents
from statuspage.api import _objects as objects
from statuspage.api import _pages as pages
from statuspage.api import _subscribers as subscribers
from statuspage.api import _updates as updates
from statuspage.api import _uptime as uptime
from statuspage.api._calls import PAGED, PAGED_FROM_0, Operation, Query
from statuspage.api._inputs import (
    ComponentBody,
    CorrectionBody,
    GroupBody,
    IncidentBody,
    NamedSubscribers,
    PostmortemBody,
    PublishBody,
    SubscriberBody,
    SubscriberChange,
)

_CHANGE = ("PATCH", "PUT")
_PAGE = "/pages/{page_id}"
_INCIDENTS = f"{_PAGE}/incidents"
_INCIDENT = f"{_INCIDENTS}/{{incident_id}}"
_POSTMORTEM = f"{_INCIDENT}/postmortem"
_COMPONENTS = f"{_PAGE}/components"
_COMPONENT = f"{_COMPONENTS}/{{component_id}}"
_GROUPS = f"{_PAGE}/component-groups"
_GROUP = f"{_GROUPS}/{{id}}"
_SUBSCRIBERS = f"{_PAGE}/subscribers"
_SUBSCRIBER = f"{_SUBSCRIBERS}/{{subscriber_id}}"
_FOLLOWERS = f"{_INCIDENT}/subscribers"
_FOLLOWER = f"{_FOLLOWERS}/{{subscriber_id}}"
_ADDRESS = Query("q", "Part of the address.", {"type": "string", "maxLength": 254})
_TYPE = Query("type", "Of this type alone.", {"enum": list(subscribers.TYPES)})
_STATE = Query("state", "In this state; `active` unless said.", {"enum": list(subscribers.STATES)})
_SEARCH = Query("q", "What the name holds, in any language.", {"type": "string", "maxLength": 200})
_DAY = {"type": "string", "format": "date"}
_SPAN = (
    Query("start", "The first day.", _DAY),
    Query("end", "The last day; today unless it is over.", _DAY),
)


def _pages() -> list[Operation]:
    return [
        Operation(("GET",), "/pages", "List pages", list[objects.PageObject], pages.list_pages),
        Operation(("GET",), _PAGE, "Show the page", objects.PageObject, pages.show_page),
        Operation(
            _CHANGE,
            _PAGE,
            "Change the page (refused)",
            objects.PageObject,
            pages.refuse_to_change,
            scope=Scope.WRITE,
            role=Role.ADMIN,
            loose=True,
        ),
        Operation(
            ("GET",),
            f"{_PAGE}/incident_templates",
            "List notice templates",
            list[objects.TemplateObject],
            pages.list_templates,
            query=PAGED,
        ),
    ]


def _lists() -> list[Operation]:
    titles = {
        "": "List incidents, planned work and advance notices",
        "unresolved": "List open incidents",
        "scheduled": "List planned work and advance notices that are not over",
        "upcoming": "List those that have not begun",
        "active_maintenance": "List those that are under way",
    }
    return [
        Operation(
            ("GET",),
            f"{_INCIDENTS}/{which}".rstrip("/"),
            title,
            list[objects.IncidentObject],
            partial(incidents.listed, which=which),
            query=(*PAGED, *(() if which else (_SEARCH,))),
        )
        for which, title in titles.items()
    ]


def _incidents() -> list[Operation]:
    return [
        Operation(
            ("POST",),
            _INCIDENTS,
            "Declare an incident, schedule work, or tell afterwards",
            objects.IncidentObject,
            incidents.create,
            body=IncidentBody,
            status=201,
            scope=Scope.WRITE,
            role=Role.AUTHOR,
            drafts=True,
        ),
        Operation(("GET",), _INCIDENT, "Show one", objects.IncidentObject, incidents.shown),
        Operation(
            _CHANGE,
            _INCIDENT,
            "Say what is new, or resolve it",
            objects.IncidentObject,
            incidents.update,
            body=IncidentBody,
            scope=Scope.WRITE,
            role=Role.AUTHOR,
            versioned=True,
            drafts=True,
        ),
        Operation(
            ("DELETE",),
            _INCIDENT,
            "Call off what has not begun",
            objects.IncidentObject,
            incidents.call_off,
            scope=Scope.WRITE,
            role=Role.AUTHOR,
            versioned=True,
        ),
        Operation(
            _CHANGE,
            f"{_INCIDENT}/incident_updates/{{incident_update_id}}",
            "Correct a published update, visibly",
            objects.UpdateObject,
            updates.correct,
            body=CorrectionBody,
            scope=Scope.WRITE,
            role=Role.AUTHOR,
            versioned=True,
            drafts=True,
        ),
    ]


def _postmortems() -> list[Operation]:
    told = objects.PostmortemObject
    writes = partial(Operation, scope=Scope.WRITE, role=Role.AUTHOR, versioned=True)
    return [
        Operation(("GET",), _POSTMORTEM, "Show the postmortem", told, updates.show_postmortem),
        writes(
            ("PUT",),
            _POSTMORTEM,
            "Write the postmortem, as a draft",
            told,
            updates.write_postmortem,
            body=PostmortemBody,
        ),
        writes(
            ("DELETE",),
            _POSTMORTEM,
            "Throw the draft away",
            None,
            updates.delete_postmortem,
            status=204,
        ),
        writes(
            ("PUT",),
            f"{_POSTMORTEM}/publish",
            "Publish the draft",
            told,
            updates.publish_postmortem,
            body=PublishBody,
            drafts=True,
        ),
        writes(
            ("PUT",),
            f"{_POSTMORTEM}/revert",
            "Take a published postmortem back, visibly",
            told,
            updates.revert_postmortem,
            loose=True,
        ),
    ]


def _components() -> list[Operation]:
    told = objects.ComponentObject
    writes = partial(Operation, scope=Scope.COMPONENTS, role=Role.AUTHOR)
    return [
        Operation(
            ("GET",),
            _COMPONENTS,
            "List components",
            list[objects.ComponentObject],
            components.list_components,
            query=PAGED,
        ),
        writes(
            ("POST",),
            _COMPONENTS,
            "Make a component",
            told,
            components.create_component,
            body=ComponentBody,
            status=201,
        ),
        Operation(("GET",), _COMPONENT, "Show a component", told, components.show_component),
        Operation(
            ("GET",),
            f"{_COMPONENT}/uptime",
            "Show how a component fared",
            objects.UptimeObject,
            uptime.show_uptime,
            query=_SPAN,
        ),
        writes(
            _CHANGE,
            _COMPONENT,
            "Change a component, or its status alone; nobody is notified",
            told,
            components.update_component,
            body=ComponentBody,
            tagged=True,
        ),
        writes(
            ("DELETE",),
            _COMPONENT,
            "Hide a component; its history stays",
            None,
            components.hide_component,
            status=204,
            tagged=True,
        ),
    ]


def _groups() -> list[Operation]:
    told = objects.GroupObject
    writes = partial(Operation, scope=Scope.COMPONENTS, role=Role.ADMIN)
    return [
        Operation(
            ("GET",),
            _GROUPS,
            "List component groups",
            list[objects.GroupObject],
            components.list_groups,
            query=PAGED,
        ),
        writes(
            ("POST",),
            _GROUPS,
            "Make a component group",
            told,
            components.create_group,
            body=GroupBody,
            status=201,
        ),
        Operation(("GET",), _GROUP, "Show a component group", told, components.show_group),
        Operation(
            ("GET",),
            f"{_GROUP}/uptime",
            "Show how the components of a group fared",
            objects.UptimeObject,
            uptime.show_uptime_of_group,
            query=_SPAN,
        ),
        writes(
            _CHANGE,
            _GROUP,
            "Change a component group",
            told,
            components.update_group,
            body=GroupBody,
            tagged=True,
        ),
        writes(
            ("DELETE",),
            _GROUP,
            "Delete a component group (refused)",
            told,
            components.refuse_to_delete,
        ),
        Operation(
            ("GET",),
            f"{_GROUP}/components",
            "List the components of a group",
            list[objects.ComponentObject],
            components.list_components_of_group,
            query=PAGED,
        ),
    ]


def _subscribers() -> list[Operation]:
    told = objects.SubscriberObject
    counts = partial(Operation, ("GET",))
    reads = partial(Operation, ("GET",), scope=Scope.SUBSCRIBERS, role=Role.ADMIN)
    writes = partial(Operation, scope=Scope.SUBSCRIBERS, role=Role.ADMIN)
    many = partial(writes, ("POST",), answer=None, body=NamedSubscribers, status=201)
    return [
        counts(
            f"{_SUBSCRIBERS}/count",
            "Count subscribers by type",
            objects.CountObject,
            subscribers.count_subscribers,
            query=(_TYPE, _STATE),
        ),
        counts(
            f"{_SUBSCRIBERS}/histogram_by_state",
            "Count subscribers by type and state",
            objects.HistogramObject,
            subscribers.show_histogram,
        ),
        reads(
            _SUBSCRIBERS,
            "List subscribers",
            list[objects.SubscriberObject],
            subscribers.list_subscribers,
            query=(_ADDRESS, _TYPE, _STATE, *PAGED_FROM_0),
        ),
        reads(
            f"{_SUBSCRIBERS}/unsubscribed",
            "List those who unsubscribed",
            list[objects.SubscriberObject],
            subscribers.list_unsubscribed,
            query=PAGED,
        ),
        writes(
            ("POST",),
            _SUBSCRIBERS,
            "Add a subscriber",
            told,
            subscribers.add_subscriber,
            body=SubscriberBody,
            status=201,
        ),
        many(
            f"{_SUBSCRIBERS}/reactivate",
            "Reactivate quarantined subscribers",
            work=subscribers.reactivate_list,
        ),
        many(
            f"{_SUBSCRIBERS}/unsubscribe",
            "Unsubscribe subscribers",
            work=subscribers.unsubscribe_list,
        ),
        many(
            f"{_SUBSCRIBERS}/resend_confirmation",
            "Ask subscribers once more to confirm",
            work=subscribers.resend_confirmations,
        ),
        reads(_SUBSCRIBER, "Show a subscriber", told, subscribers.show_subscriber),
        writes(
            _CHANGE,
            _SUBSCRIBER,
            "Change what a subscriber is told of",
            told,
            subscribers.change_subscriber,
            body=SubscriberChange,
        ),
        writes(("DELETE",), _SUBSCRIBER, "Erase a subscriber", told, subscribers.remove_subscriber),
        writes(
            ("POST",),
            f"{_SUBSCRIBER}/resend_confirmation",
            "Ask a subscriber once more to confirm",
            None,
            subscribers.resend_confirmation,
            status=201,
            loose=True,
        ),
    ]


def _followers() -> list[Operation]:
    told = objects.SubscriberObject
    reads = partial(Operation, ("GET",), scope=Scope.SUBSCRIBERS, role=Role.ADMIN)
    writes = partial(Operation, scope=Scope.SUBSCRIBERS, role=Role.ADMIN)
    return [
        reads(
            _FOLLOWERS,
            "List those who follow one entry",
            list[objects.SubscriberObject],
            subscribers.list_followers,
            query=PAGED,
        ),
        writes(
            ("POST",),
            _FOLLOWERS,
            "Let somebody follow one entry",
            told,
            subscribers.add_follower,
            body=SubscriberBody,
            status=201,
        ),
        reads(_FOLLOWER, "Show who follows one entry", told, subscribers.show_follower),
        writes(
            ("DELETE",),
            _FOLLOWER,
            "Let somebody follow one entry no more",
            told,
            subscribers.remove_follower,
        ),
        writes(
            ("POST",),
            f"{_FOLLOWER}/resend_confirmation",
            "Ask who follows one entry once more to confirm",
            None,
            subscribers.ask_follower_again,
            status=201,
            loose=True,
        ),
    ]


OPERATIONS: tuple[Operation, ...] = (
    *_pages(),
    *_lists(),
    *_incidents(),
    *_postmortems(),
    *_components(),
    *_groups(),
    *_subscribers(),
    *_followers(),
)
