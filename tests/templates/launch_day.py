"""A real launch, message by message: what each template is given, with no fields of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.texts import NoticeContext

ROME = ZoneInfo("Europe/Rome")

_NAMES = {
    "wallet": {"it": "Portafoglio", "en": "Wallet", "de": "Wallet"},
    "activation": {
        "it": "Attivazione del Cashback",
        "en": "Cashback activation",
        "de": "Cashback-Aktivierung",
    },
    "counting": {
        "it": "Conteggio degli acquisti",
        "en": "Counting of purchases",
        "de": "Zählung der Käufe",
    },
    "iban": {"it": "Inserimento dell'IBAN", "en": "IBAN entry", "de": "IBAN-Eingabe"},
    "cards": {
        "it": "Carte e metodi di pagamento",
        "en": "Cards and payment methods",
        "de": "Karten und Zahlungsmittel",
    },
    "login": {
        "it": "Accesso con SPID e CIE",
        "en": "Sign-in with SPID and CIE",
        "de": "Anmeldung mit SPID und CIE",
    },
    "email": {
        "it": "Verifica dell'e-mail",
        "en": "E-mail verification",
        "de": "E-Mail-Bestätigung",
    },
    "messages": {"it": "Messaggi", "en": "Messages", "de": "Nachrichten"},
}
_CRASH = {"it": "Portafoglio non disponibile", "en": "Wallet unavailable", "de": "Wallet gestört"}
_EMAIL = {
    "it": "Verifica dell'e-mail non disponibile",
    "en": "E-mail verification unavailable",
    "de": "E-Mail-Bestätigung gestört",
}
_CASHBACK = {
    "it": "Avvio del Cashback: possibili rallentamenti",
    "en": "Cashback launch: the app may be slow",
    "de": "Start des Cashback: Die App kann langsam sein",
}
SERVICE = {
    "it": "App dei servizi pubblici",
    "en": "Public services app",
    "de": "App der öffentlichen Dienste",
}


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2020, month, day, hour, minute, tzinfo=ROME)


@dataclass(frozen=True)
class Event:
    """One update of the day; components are keys, separated by spaces."""

    at: datetime
    key: str
    name: dict[str, str]
    down: str = ""
    partial: str = ""
    slow: str = ""
    recovered: str = ""
    named: str = ""
    next_update_by: datetime | None = None
    started_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    delay: dict[str, str] | None = None

    def context(self, locale: str) -> NoticeContext:
        affected = f"{self.down} {self.partial} {self.slow} {self.recovered} {self.named}".split()

        def names(keys: str) -> tuple[str, ...]:
            return tuple(_NAMES[key][locale] for key in keys.split())

        return NoticeContext(
            service=SERVICE[locale],
            incident=self.name[locale],
            at=self.at,
            started_at=self.started_at,
            next_update_by=self.next_update_by,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            down=names(self.down),
            partial=names(self.partial),
            slow=names(self.slow),
            recovered=names(self.recovered),
            affected=names(" ".join(affected)),
            working=names(" ".join(key for key in _NAMES if key not in affected)),
        )


_ALL_DOWN = "wallet activation iban cards"
_ALL_SLOW = "login messages"
_MOST = "wallet activation iban login messages"
ACKNOWLEDGED = Event(
    at(7, 21, 49),
    "acknowledgement/high-traffic",
    _CRASH,
    down=_ALL_DOWN,
    slow=_ALL_SLOW,
    started_at=at(7, 21, 40),
    next_update_by=at(7, 22, 20),
)
_NO_ESTIMATE = replace(
    ACKNOWLEDGED, at=at(7, 22, 20), key="update/no-estimate-yet", next_update_by=at(8, 8)
)
APOLOGY = replace(
    ACKNOWLEDGED, at=at(8, 14, 26), key="apology/high-traffic", next_update_by=at(8, 18)
)
_MITIGATED = Event(
    at(9, 11, 13),
    "update/mitigated",
    _CRASH,
    slow="wallet activation",
    partial="cards",
    recovered="iban login messages",
    started_at=at(7, 21, 40),
    next_update_by=at(9, 17, 45),
)
_EMAIL_DOWN = Event(
    at(9, 8, 55),
    "acknowledgement/component-down",
    _EMAIL,
    down="email",
    started_at=at(9, 8, 40),
    next_update_by=at(9, 10),
)
_LATE = Event(
    at(11, 17, 40),
    "apology/data-shown-late",
    _CRASH,
    partial="cards",
    recovered=_MOST,
    next_update_by=at(14, 12),
    delay={
        "it": "fino a 3 giorni lavorativi per essere confermate",
        "en": "up to 3 working days to be confirmed",
        "de": "bis zu 3 Werktage später",
    },
)
DAY = (
    Event(
        at(30, 10, month=11),
        "advance-notice/expected-load",
        _CASHBACK,
        named="wallet activation",
        starts_at=at(4, 0),
        ends_at=at(9, 12),
    ),
    ACKNOWLEDGED,
    _NO_ESTIMATE,
    replace(_NO_ESTIMATE, at=at(8, 7, 55), next_update_by=at(8, 14, 30)),
    APOLOGY,
    replace(APOLOGY, at=at(8, 17), key="update/workaround", next_update_by=at(9, 9)),
    replace(_NO_ESTIMATE, at=at(9, 8, 50), next_update_by=at(9, 11, 30)),
    _EMAIL_DOWN,
    replace(
        _EMAIL_DOWN, at=at(9, 9, 58), key="update/no-estimate-yet", next_update_by=at(9, 17, 30)
    ),
    _MITIGATED,
    replace(
        _EMAIL_DOWN,
        at=at(9, 17, 30),
        key="resolution/recovered",
        down="",
        recovered="email",
        next_update_by=None,
    ),
    replace(_MITIGATED, at=at(9, 17, 58), next_update_by=at(10, 16, 10)),
    replace(_MITIGATED, at=at(10, 16, 3), slow="", recovered=_MOST, next_update_by=at(11, 18)),
    _LATE,
    replace(
        _LATE,
        at=at(12, 15, 57),
        next_update_by=None,
        delay={
            "it": "fino a 3 giorni lavorativi per essere visualizzate",
            "en": "up to 3 working days to be shown",
            "de": "bis zu 3 Werktage später",
        },
    ),
    replace(
        _LATE,
        at=at(14, 11, 50),
        key="update/recovered-in-part",
        next_update_by=at(16, 12),
        delay=None,
    ),
    replace(
        _LATE,
        at=at(16, 9, 18),
        key="resolution/recovered",
        partial="",
        recovered=f"{_MOST} cards",
        next_update_by=None,
        delay=None,
    ),
)
