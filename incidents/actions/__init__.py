"""Every write, one function for each thing that an operator does. There is no other way in."""

from incidents.actions._desk import AVVISO, Desk, Outcome, random_id
from incidents.actions.component import (
    attach_answer,
    detach_answer,
    save_component,
    save_group,
    set_component_status,
)
from incidents.actions.delivery import (
    pause_channel,
    resume_channel,
    retry_delivery,
    settle_unconfirmed,
    skip_delivery,
)
from incidents.actions.draft import discard_draft, publish_draft, save_draft
from incidents.actions.incident import (
    backdate_incident,
    correct_update,
    declare_incident,
    post_answer,
    post_update,
    resolve_incident,
    retract_update,
)
from incidents.actions.operator import add_operator, disable_operator, set_role, set_up
from incidents.actions.rehearsal import rehearse
from incidents.actions.schedule import cancel, catch_up, next_step, schedule

__all__ = [
    "AVVISO",
    "Desk",
    "Outcome",
    "add_operator",
    "attach_answer",
    "backdate_incident",
    "cancel",
    "catch_up",
    "correct_update",
    "declare_incident",
    "detach_answer",
    "disable_operator",
    "discard_draft",
    "next_step",
    "pause_channel",
    "post_answer",
    "post_update",
    "publish_draft",
    "random_id",
    "rehearse",
    "resolve_incident",
    "resume_channel",
    "retract_update",
    "retry_delivery",
    "save_component",
    "save_draft",
    "save_group",
    "schedule",
    "set_component_status",
    "set_role",
    "set_up",
    "settle_unconfirmed",
    "skip_delivery",
]
