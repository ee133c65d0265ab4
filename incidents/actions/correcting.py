"""Put right what was published, or take it back: visibly, and on every channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import queries
from incidents.actions import _drafting as drafting
from incidents.actions import _writing as writing
from incidents.actions._desk import Act, Desk, Outcome, acting, dump_texts, load_texts
from incidents.errors import InvalidInput, NotPossible
from incidents.inputs import ADVICE, CorrectInput, RetractInput, parse
from incidents.models import Correction, Incident, IncidentUpdate
from incidents.status import PublicationKind, Role, Status
from incidents.view import PublicText

_SAID: Mapping[str, str] = {
    "still_cannot": "Who still cannot: {who}",
    "to_do": "What to do: {what}",
    "not_to_do": "What not to do: {what}",
}
"""Phrases of the citizens' catalogues."""


def correct_update(
    desk: Desk, actor: str, now: datetime, data: CorrectInput | Mapping[str, Any]
) -> Outcome:
    """Put a published update right, visibly: what it said stays readable, with the reason.

    Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`, `UpdatedFirst`.
    """
    form = parse(CorrectInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        incident = queries.find_incident(act.session, form.incident)
        why = drafting.waits_because(act, form, incident.impact)
        if why:
            act.must_be_unchanged(incident, form.version)
            return drafting.keep(act, "correct_update", form, incident, why, needs_approval=True)
        return correct(act, form)


def correct(act: Act, form: CorrectInput) -> Outcome:
    """As `correct_update`, inside an action under way."""
    incident = queries.find_incident(act.session, form.incident)
    act.must_be_unchanged(incident, form.version)
    update = queries.find_update(act.session, incident, form.update)
    if update.retracted_at is not None:
        raise NotPossible(f"update {update.number} was retracted; post a new one")
    texts = _corrected(act, incident, update, form)
    advice = _other_advice(update, form)
    figures = _other_figures(update, form)
    if not advice and figures is None and dump_texts(texts) == update.texts:
        raise InvalidInput("texts: are the same as before; there is nothing to correct")
    before, stood = update.texts, {name: getattr(update, name) or {} for name in advice}
    counted = {} if figures is None else {"figures": update.figures}
    act.add(
        Correction(
            update_id=update.id,
            at=act.now,
            before=before,
            advice_before=stood,
            figures_before=counted.get("figures"),
            reason=dict(form.reason),
            author_id=act.operator.id,
        )
    )
    update.texts = dump_texts(texts)
    update.fields = {**update.fields, **form.fields}
    for name, text in advice.items():
        setattr(update, name, text)
    if figures is not None:
        update.figures = figures
    update.updated_at = act.now
    drafting.record(act, incident, form, incident.impact, update)
    act.event(
        "update_corrected",
        incident,
        update=update.number,
        reason=form.reason,
        before={**before, **stood, **counted},
        after={**update.texts, **advice, **({"figures": figures} if counted else {})},
    )
    told = texts if update.texts != before else _told(act, texts, advice, form.reason)
    act.publish(PublicationKind.CORRECTION, incident, told, update=update, reason=form.reason)
    act.touch(incident)
    return act.outcome(incident, update.number)


def _corrected(
    act: Act, incident: Incident, update: IncidentUpdate, form: CorrectInput
) -> dict[str, PublicText]:
    if form.texts is not None:
        return writing.own_words(form.texts)
    if not form.fields:
        return load_texts(update.texts)
    if update.template is None:
        raise InvalidInput("fields: this update was not made from a template; give texts instead")
    fields = {**update.fields, **form.fields}
    return writing.template_words(
        act, incident, update.template, fields, update.next_update_by, update
    )


def _other_advice(update: IncidentUpdate, form: CorrectInput) -> dict[str, dict[str, str]]:
    """What is said anew beside the words; {} for what is not said any more."""
    given = {name: getattr(form, name) or {} for name in ADVICE if name in form.model_fields_set}
    anew = {
        name: dict(text) for name, text in given.items() if text != (getattr(update, name) or {})
    }
    if anew.get("still_cannot") == {} and update.status is Status.MONITORING:
        raise InvalidInput(
            "still_cannot: monitoring has to say who still cannot use what; "
            "say it in words (even 'everyone can use everything again')"
        )
    return anew


def _other_figures(update: IncidentUpdate, form: CorrectInput) -> list[dict[str, Any]] | None:
    """The figures that are told from now on; None where they stay."""
    if "figures" not in form.model_fields_set:
        return None
    anew = writing.figures_of(form.figures or ())
    return None if anew == update.figures else anew


def _told(
    act: Act,
    texts: Mapping[str, PublicText],
    advice: Mapping[str, Mapping[str, str]],
    reason: Mapping[str, str],
) -> dict[str, PublicText]:
    """The words stay as they were: channels with little room are told what is said anew beside
    them, or why it is not said any more."""
    told = {}
    for locale, text in texts.items():
        say = act.desk.texts.words[locale].gettext
        anew = [
            say(_SAID[name]).format(who=said[locale], what=said[locale])
            for name, said in advice.items()
            if said
        ]
        told[locale] = PublicText(text.headline, " ".join(anew) or reason[locale], text.body)
    return told


def retract_update(
    desk: Desk, actor: str, now: datetime, data: RetractInput | Mapping[str, Any]
) -> Outcome:
    """Take back what was said: it stays readable, struck through, with the reason.

    Where a second person must approve the reason, nothing is taken back: the outcome names the
    draft that waits. Raises `InvalidInput`, `NotFound`, `NotPossible`, `NotAllowed`,
    `UpdatedFirst`.
    """
    form = parse(RetractInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        incident = queries.find_incident(act.session, form.incident)
        why = drafting.waits_because(act, form, incident.impact)
        if why:
            act.must_be_unchanged(incident, form.version)
            return drafting.keep(act, "retract_update", form, incident, why, needs_approval=True)
        return retract(act, form)


def retract(act: Act, form: RetractInput) -> Outcome:
    """As `retract_update`, inside an action under way."""
    incident = queries.find_incident(act.session, form.incident)
    act.must_be_unchanged(incident, form.version)
    update = queries.find_update(act.session, incident, form.update)
    if update.retracted_at is not None:
        raise NotPossible(f"update {update.number} was retracted already")
    update.retracted_at = update.updated_at = act.now
    update.retraction_reason = dict(form.reason)
    drafting.record(act, incident, form, incident.impact, update)
    act.event("update_retracted", incident, update=update.number, reason=form.reason)
    said = load_texts(update.texts)
    texts = {
        locale: PublicText(text.headline, form.reason[locale], form.reason[locale])
        for locale, text in said.items()
    }
    act.publish(
        PublicationKind.RETRACTION,
        incident,
        texts,
        update=update,
        reason=form.reason,
    )
    act.touch(incident)
    return act.outcome(incident, update.number)
