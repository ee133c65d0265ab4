"""Every write, one function for each thing that an operator does. There is no other way in."""

from incidents.actions._desk import AVVISO, Desk, Outcome, random_id
from incidents.actions.alarm import Recorded, Replayed, forget_alarms, record_alarms
from incidents.actions.answering import forget_answered, record_answered
from incidents.actions.changing import change_component, change_group
from incidents.actions.component import (
    attach_answer,
    detach_answer,
    save_component,
    save_group,
    set_component_status,
)
from incidents.actions.correcting import correct_update, retract_update
from incidents.actions.delivery import (
    pause_channel,
    resume_channel,
    retry_delivery,
    settle_unconfirmed,
    skip_delivery,
)
from incidents.actions.draft import (
    approve_draft,
    change_draft,
    discard_draft,
    publish_changed_draft,
    publish_draft,
    save_draft,
)
from incidents.actions.duty import hand_over_duty, leave_duty, take_duty
from incidents.actions.incident import (
    backdate_incident,
    declare_incident,
    post_answer,
    post_update,
    resolve_incident,
)
from incidents.actions.operator import (
    add_operator,
    disable_operator,
    enable_operator,
    set_role,
    set_up,
)
from incidents.actions.ordering import Step, move_component, move_group
from incidents.actions.rehearsal import perform, rehearse
from incidents.actions.schedule import cancel, catch_up, next_step, schedule
from incidents.actions.ticket import close_ticket, know_unseen, note_ticket
from incidents.actions.wording import retire_text, revert_text, reword
from incidents.approval import Approval, Judgement

__all__ = [
    "AVVISO",
    "Approval",
    "Desk",
    "Judgement",
    "Outcome",
    "Recorded",
    "Replayed",
    "Step",
    "add_operator",
    "approve_draft",
    "attach_answer",
    "backdate_incident",
    "cancel",
    "catch_up",
    "change_component",
    "change_draft",
    "change_group",
    "close_ticket",
    "correct_update",
    "declare_incident",
    "detach_answer",
    "disable_operator",
    "discard_draft",
    "enable_operator",
    "forget_alarms",
    "forget_answered",
    "hand_over_duty",
    "know_unseen",
    "leave_duty",
    "move_component",
    "move_group",
    "next_step",
    "note_ticket",
    "pause_channel",
    "perform",
    "post_answer",
    "post_update",
    "publish_changed_draft",
    "publish_draft",
    "random_id",
    "record_alarms",
    "record_answered",
    "rehearse",
    "resolve_incident",
    "resume_channel",
    "retire_text",
    "retract_update",
    "retry_delivery",
    "revert_text",
    "reword",
    "save_component",
    "save_draft",
    "save_group",
    "schedule",
    "set_component_status",
    "set_role",
    "set_up",
    "settle_unconfirmed",
    "skip_delivery",
    "take_duty",
]
