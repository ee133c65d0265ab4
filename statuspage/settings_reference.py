"""Writes docs/settings.md from the settings themselves: `python -m statuspage.settings_reference`.

What a field means stands below it, on its model; here is only how that is laid out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from publishers._kinds import kinds, load
from publishers.channels._base import ChannelOptions
from publishers.targets._base import TargetOptions
from statuspage import _settings_file as file
from statuspage import _settings_page as page
from statuspage._settings_alarms import AlarmSection
from statuspage._settings_answering import AnsweringSection
from statuspage._settings_api import ApiSection
from statuspage._settings_board import BoardSection
from statuspage._settings_calm import CalmSection, RemindersSection
from statuspage._settings_checks import ChecksSection
from statuspage._settings_io import IoSection
from statuspage._settings_lists import EmailSection, PrivacySection, PushSection, WebhookSection
from statuspage._sign_in_settings import SignInSection

Rows = Sequence[tuple[str, ...]]

SECTIONS: Mapping[str, type[BaseModel]] = {
    "service": file.ServiceSection,
    "theme": page.ThemeSection,
    "contacts": page.ContactsSection,
    "hours": page.HoursSection,
    "feeds": page.FeedsSection,
    "io": IoSection,
    "api": ApiSection,
    "database": file.DatabaseSection,
    "data": file.DataSection,
    "web": file.WebSection,
    "node": file.NodeSection,
    "approval": file.ApprovalSection,
    "checks": ChecksSection,
    "monitor": file.MonitorSection,
    "answering": AnsweringSection,
    "alarms": AlarmSection,
    "sign_in": SignInSection,
    "board": BoardSection,
    "calm": CalmSection,
    "reminders": RemindersSection,
    "email": EmailSection,
    "webhook": WebhookSection,
    "push": PushSection,
    "privacy": PrivacySection,
}
_SEVERAL = frozenset({"alarms"})
"""Sections that there may be several of."""
VARIABLES: Mapping[str, str] = {
    "AVVISO_SETTINGS": "Where the settings file is, for a command without `--settings`.",
    "AVVISO_OPERATOR": "Who acts, for a command without `--as`.",
    "AVVISO_DATABASE_URL": "Wins over `database.url`: the whole address, password included.",
    "AVVISO_NODE": "Wins over `node.name`.",
    "AVVISO_MONITOR_PING": "Wins over `monitor.ping`: for an address that is a secret itself.",
    "AVVISO_ALARMS_NAME_SECRET": "What a monitor shows, or signs with.",
    "AVVISO_METRICS_TOKEN": "Who shows it may read `/metrics`; 16 to 200 signs. "
    "Without it there are no metrics.",
    "AVVISO_SECRET_KEY": "What second factors are encrypted with, and subscribers' links and the "
    "messages of webhooks signed; 32 characters or more, made by chance. Several with commas "
    "between them: the newest closes, each opens. Without it nobody can set a factor up, and "
    "lists send nothing.",
    "AVVISO_EMAIL_PASSWORD": "The password of `email.user` at the mail relay.",
    "AVVISO_PUSH_KEY": "The private key of web push: the 32 bytes of a P-256 key in base64url.",
    "AVVISO_OIDC_SECRET": "The client's secret at the OpenID Connect provider.",
    "PORT": "Wins over `web.port`.",
    "DATA": "Wins over `data.path`; relative to where the command is given.",
}
_HEAD = """\
# Settings

Every key of `avviso.toml` and every variable of the environment. This page is made by
`python -m statuspage.settings_reference`; [operate.md](operate.md#settings) says how the file is
found and read.

**Secrets never stand in the file.** They come from the environment and reach no database, no log
and no error message; `avviso check` names those that are missing.
"""


def reference() -> str:
    """The whole page as Markdown, with a line break at its end."""
    parts = [_HEAD, *_sections(), *_targets(), *_channels(), _environment()]
    return "\n".join(parts)


def _sections() -> Iterator[str]:
    for name, model in SECTIONS.items():
        title = f"## [[{name}]]" if name in _SEVERAL else f"## [{name}]"
        yield _part(title, _sentence(model.__doc__), _fields(model, name))


def _targets() -> Iterator[str]:
    told = (
        "A place for the documents, one `[[targets]]` table each. "
        "Without any there is one: a directory `page`."
    )
    yield _part("## [[targets]]", told, _fields(TargetOptions, "targets"))
    for kind in kinds("publishers.targets"):
        target = load("publishers.targets", kind).Target
        own = _fields(target.Options, "targets", TargetOptions.model_fields)
        secrets = _secrets("AVVISO_TARGET_NAME", target.SECRETS, ())
        yield _part(
            f"### A target of kind `{kind}`", _sentence(target.Options.__doc__), own, secrets
        )


def _channels() -> Iterator[str]:
    told = "An account to post to, one `[[channels]]` table each."
    yield _part("## [[channels]]", told, _fields(ChannelOptions, "channels"))
    for kind in kinds("publishers.channels"):
        channel = load("publishers.channels", kind).Channel
        own = _fields(channel.Options, "channels", ChannelOptions.model_fields)
        secrets = _secrets("AVVISO_NAME", channel.SECRETS, channel.OPTIONAL_SECRETS)
        told = f"How to set it up: [channels/{kind}.md](channels/{kind}.md)."
        yield _part(f"### A channel of kind `{kind}`", told, own, secrets)


def _environment() -> str:
    rows = [(f"`{name}`", says) for name, says in VARIABLES.items()]
    table = _table(("variable", "meaning"), rows)
    told = "Beside the secrets above; each wins over the file where it is set."
    return _part("## The environment", told, table)


def _part(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _secrets(owner: str, needed: Sequence[str], optional: Sequence[str]) -> str:
    names = [f"`{owner}_{name.upper()}`" for name in needed]
    names += [f"`{owner}_{name.upper()}` (may be left out)" for name in optional]
    return f"Secrets, with its own name in place of `NAME`: {', '.join(names)}." if names else ""


def _fields(model: type[BaseModel], section: str, without: Collection[str] = ()) -> str:
    schema = model.model_json_schema()
    rows = [
        (f"`{section}.{key}`", _default(key, field, schema), _takes(field), _said(field))
        for key, field in schema["properties"].items()
        if key not in without
    ]
    return _table(("key", "default", "takes", "meaning"), rows) if rows else ""


def _table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '¦') for cell in line)} |" for line in lines)


def _said(field: Mapping[str, Any]) -> str:
    return _sentence(field.get("description"))


def _sentence(text: str | None) -> str:
    """On one line, beginning with a capital and ending with a full stop."""
    words = " ".join((text or "").split())
    return words if not words or words.endswith((".", ":")) else f"{words}."


def _default(key: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if key in schema.get("required", ()):
        return "required"
    value = field.get("default")
    return "none" if value in (None, "", [], {}) else f"`{json.dumps(value)}`"


def _takes(field: Mapping[str, Any]) -> str:
    """What may stand there, in words."""
    if "takes" in field:
        return str(field["takes"])
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    return _kind_of(options[0])


def _kind_of(option: Mapping[str, Any]) -> str:
    if "enum" in option:
        return ", ".join(f"`{json.dumps(value)}`" for value in option["enum"])
    if option["type"] in ("integer", "number"):
        bounds = (("from", "minimum"), ("to", "maximum"))
        said = [f"{word} {option[bound]}" for word, bound in bounds if bound in option]
        return " ".join(["a number", *said])
    if option["type"] == "object" and "enum" in option["additionalProperties"]:
        return f"a table of {_kind_of(option['additionalProperties'])}"
    return {
        "boolean": "`true`, `false`",
        "array": "a list of texts",
        "object": "a text per locale",
        "string": "a path" if option.get("format") == "path" else "a text",
    }[option["type"]]


if __name__ == "__main__":
    sys.stdout.write(reference())
