"""Uptime Kuma's webhook notification, as application/json.

Source: https://github.com/louislam/uptime-kuma, server/notification-providers/webhook.js, and the
numbers of a heartbeat's status in src/util.ts: 0 down, 1 up, 2 pending, 3 maintenance.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from incidents.alarm_rules import Signal
from statuspage.alarms._base import checked

_DOWN, _UP = 0, 1


def _in_utc(moment: datetime) -> datetime:
    # "2024-09-24 23:51:35.527": without a zone, and in UTC.
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not 1970 <= aware.year < 2200:
        raise ValueError(f"the year {aware.year} is out of range")
    return aware.astimezone(UTC)


class _Heartbeat(BaseModel):
    status: int
    time: Annotated[datetime, AfterValidator(_in_utc)]
    msg: str | None = None


class _Tag(BaseModel):
    name: str
    value: str | None = None


class _Monitor(BaseModel):
    id: int
    name: str
    tags: list[_Tag] = Field(default_factory=list)


class _Message(BaseModel):
    heartbeat: _Heartbeat | None
    monitor: _Monitor | None
    msg: str | None = None


def signals_in(raw: Any) -> tuple[Signal, ...]:
    """What a message says: of one monitor, or of none when it only tries the way.

    A monitor's labels are its tags, and its name as `monitor`. Raises `Malformed`.
    """
    told = checked(_Message, raw)
    beat, monitor = told.heartbeat, told.monitor
    if beat is None or monitor is None or beat.status not in (_DOWN, _UP):
        return ()
    tags = {tag.name: tag.value or "" for tag in monitor.tags}
    return (
        Signal(
            fingerprint=str(monitor.id),
            summary=": ".join(part for part in (monitor.name, beat.msg) if part),
            labels={**tags, "monitor": monitor.name},
            began=beat.time,
            ended=beat.time if beat.status == _UP else None,
        ),
    )
