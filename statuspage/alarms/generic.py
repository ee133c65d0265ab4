"""Anything that can sign: one alarm in a message, as Standard Webhooks lays one out.

Source: https://www.standardwebhooks.com (type, timestamp, data); what `data` holds is ours.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from incidents.alarm_rules import Signal
from incidents.inputs import Moment
from statuspage.alarms._base import checked

Short = Annotated[str, Field(min_length=1, max_length=255)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Short
    summary: Annotated[str, Field(max_length=2000)] = ""
    labels: Annotated[dict[Short, Short], Field(max_length=50)] = Field(default_factory=dict)


class _Message(BaseModel):
    type: Literal["alarm.began", "alarm.ended"]
    timestamp: Moment
    data: _Data


def signals_in(raw: Any) -> tuple[Signal, ...]:
    """What a message says of its alarm. Raises `Malformed`."""
    told = checked(_Message, raw)
    ended = told.timestamp if told.type == "alarm.ended" else None
    data = told.data
    return (Signal(data.id, data.summary or data.id, data.labels, told.timestamp, ended),)
