"""Logs: lines of JSON on standard error, readable ones on a terminal; never a secret in them."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.dev import plain_traceback
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import Processor

# These tell at DEBUG what they send: bearer tokens, signatures, whole requests.
_TALKATIVE = ("tweepy", "oauthlib", "requests_oauthlib", "urllib3", "apscheduler")
_SHORTEST_SECRET = 4
"""Characters below which hiding a value would garble every line and hide nothing."""
_PASSWORD_IN_ADDRESS = re.compile(r"(://[^\s/:@\"']{0,200}:)[^\s/@\"']{1,200}@")
"""The one between user and host (RFC 3986, 3.2.1), in whichever address an error quotes."""
# Local variables hold secrets and subscribers' addresses: a traceback shows lines, never values.
_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def configure_logs(
    secrets: Iterable[str] = (), level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's logs to `stream` (standard error).

    Every one of `secrets` is blotted out of the finished line, wherever it came from.
    """
    output = stream or sys.stderr
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(_Formatter(secrets, readable=output.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
    ]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, secrets: Iterable[str], *, readable: bool) -> None:
        last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        if readable:
            last.append(structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback))
        else:
            last += [_TRACEBACKS, structlog.processors.JSONRenderer()]
        super().__init__(processors=last, foreign_pre_chain=_shared())
        worth_hiding = {form for secret in secrets for form in _forms(secret)}
        # The longest first, lest a secret that holds another leave its rest behind.
        self._secrets = sorted(worth_hiding, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _PASSWORD_IN_ADDRESS.sub(r"\1***@", line)


def _forms(secret: str) -> Iterable[str]:
    """A secret as it is, and as a line of JSON or a quoted value spells it."""
    if len(secret) < _SHORTEST_SECRET:
        return []
    quoted = json.dumps(secret)[1:-1]
    return [secret, quoted, repr(secret)[1:-1], json.dumps(repr(secret)[1:-1])[1:-1]]
