"""Turns a publication into the message of one channel: its locale, its words, its address."""

from __future__ import annotations

from datetime import datetime

from incidents.actions import Desk
from incidents.locales import Words
from incidents.models import Publication
from incidents.outbox import Claimed, Sent, Thread
from incidents.status import Origin, PublicationKind
from incidents.view import Service, choose
from publishers.channels._base import ChannelOptions, Message, PictureOptions, Receipt
from publishers.channels._picture import PLAIN_ACCENT, Picture, sign_of
from publishers.documents._base import page_url, update_path
from publishers.documents._phrases import told_status


def message_of(desk: Desk, options: ChannelOptions, claimed: Claimed) -> Message:
    """What a claimed delivery has to say on its channel."""
    return compose_message(desk, options, claimed.publication, claimed.key, claimed.thread)


def compose_message(
    desk: Desk,
    options: ChannelOptions,
    publication: Publication,
    key: str,
    thread: Thread,
) -> Message:
    """A publication in a channel's locale (else the default one), within its thread there."""
    default = desk.service.default_locale
    locale = choose(publication.texts, options.locale, default) or default
    text = publication.texts[locale]
    words = desk.texts.words[locale]
    name = publication.name.get(locale) or publication.name[default]
    short, brief = _marked(publication, words, text["short"], publication.reason.get(locale, ""))
    path = update_path(publication.incident_id, publication.update_number)
    status = words.gettext(told_status(publication.status, cancelled=publication.cancelled))
    wanted = isinstance(options, PictureOptions) and options.picture
    return Message(
        key=key,
        reference=f"#{publication.reference}",
        kind=publication.kind,
        locale=locale,
        status=status,
        name=name,
        headline=text["headline"],
        short=short,
        brief=brief,
        shorts={spoken: words["short"] for spoken, words in publication.texts.items()},
        body=text["body"],
        url=page_url(desk.service, locale, path),
        at=publication.at,
        parent=_receipt(thread.parent),
        root=_receipt(thread.root),
        target=_receipt(thread.target),
        automatic=publication.origin is Origin.AUTOMATIC,
        picture=_picture(desk.service, publication, words, status, name) if wanted else None,
    )


def _picture(
    service: Service, publication: Publication, words: Words, status: str, name: str
) -> Picture | None:
    """The picture of an update; None for what is no update, and for what cannot be drawn whole."""
    # Only for channels that want one: it takes a library of its own.
    from publishers.channels._picture_drawing import can_draw

    if publication.kind is not PublicationKind.UPDATE:
        return None
    due = publication.next_update_by
    picture = Picture(
        service=service.name.get(words.locale) or service.name[service.default_locale],
        sign=sign_of(publication.status),
        status=status,
        name=name,
        said=_sentence(words, "Published at {when}", publication.at),
        promise=_sentence(words, "Next update by {when}", due) if due else "",
        accent=service.theme.accent or PLAIN_ACCENT,
    )
    return picture if can_draw(picture) else None


def _sentence(words: Words, phrase: str, moment: datetime) -> str:
    when = f"{words.when(moment)} ({words.zone_name})"
    return words.gettext(phrase).format(when=when)


def _marked(publication: Publication, words: Words, short: str, reason: str) -> tuple[str, str]:
    """(short, brief): corrections and retractions say what they are, in brief only why."""
    if publication.kind is PublicationKind.CORRECTION:
        mark = words.gettext("Correction: {text}")
        return mark.format(text=short), mark.format(text=reason)
    if publication.kind is PublicationKind.RETRACTION:
        return words.gettext("Withdrawn: {text}").format(text=reason), ""
    if publication.origin is Origin.AUTOMATIC:
        return f"{words.gettext('Automatic notice')}. {short}", ""
    return short, ""


def _receipt(sent: Sent | None) -> Receipt | None:
    return Receipt(sent.remote_id, sent.url, extra=dict(sent.extra)) if sent else None
