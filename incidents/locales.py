"""One locale's words and formats: dates, times, lists, numbers, and the catalogue of phrases.

Catalogues are gettext files, `templates/locales/{locale}.po`, with English phrases as keys, read
as they are (no compiled copy). Adding a language is adding a file. Pure after loading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

# Ours is international English: days before months, 24 hours, no "8/12" that reads two ways.
_FORMATS = {"en": "en_GB"}


def N_(phrase: str) -> str:  # noqa: N802 - gettext's own name, which extraction tools look for
    """Mark a phrase for the catalogue without translating it yet."""
    return phrase


class LocaleError(Exception):
    """A catalogue that is missing or malformed; the message names the file."""


class Words:
    """The words and formats of one locale. Instants are shown in `zone`."""

    def __init__(self, locale: str, zone: ZoneInfo, translations: NullTranslations) -> None:
        self.locale = locale
        self.zone = zone
        self.translations = translations
        self._babel = Locale.parse(_FORMATS.get(locale, locale), sep="-" if "-" in locale else "_")

    def gettext(self, phrase: str) -> str:
        """The phrase in this locale; the English one where the catalogue has none."""
        return str(self.translations.ugettext(phrase))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """As `gettext`, in the plural form that the number takes."""
        return str(self.translations.ungettext(singular, plural, number))

    @cached_property
    def direction(self) -> str:
        """As in "ltr" or "rtl", for the dir attribute."""
        return str(self._babel.text_direction)

    @cached_property
    def endonym(self) -> str:
        """The language's own name for itself: "Italiano", "English"."""
        name = self._babel.get_language_name(self._babel.language) or self.locale
        return name[:1].upper() + name[1:]

    def local(self, moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
        """An instant as the zone's clock shows it; a bare date stays itself."""
        return moment.astimezone(self.zone) if isinstance(moment, dt.datetime) else moment

    def date(self, moment: dt.date | dt.datetime) -> str:
        """As in "martedì 8 dicembre 2020"."""
        return self._format("EEEE d MMMM y", moment)

    def day(self, moment: dt.date | dt.datetime) -> str:
        """As in "martedì 8 dicembre": where the year is beyond doubt."""
        return self._format("EEEE d MMMM", moment)

    def month(self, moment: dt.date | dt.datetime) -> str:
        """As in "dicembre 2020"."""
        return self._format("MMMM y", moment)

    def time(self, moment: dt.datetime) -> str:
        """As in "21:49", always 24 hours; "02:45 CEST" where the clock shows that time twice."""
        local = moment.astimezone(self.zone)
        return f"{local:%H:%M} {local.tzname()}" if comes_twice(local) else f"{local:%H:%M}"

    def when(self, moment: dt.datetime) -> str:
        """As in "21:49 di martedì 8 dicembre 2020"."""
        return self.gettext("{time} on {day}").format(time=self.time(moment), day=self.date(moment))

    def by(self, moment: dt.datetime, now: dt.datetime) -> str:
        """A deadline seen from `now`: "22:20" that same day, else "18:00 di mercoledì 9 dicembre".

        The year is added where it differs.
        """
        there, here = moment.astimezone(self.zone), now.astimezone(self.zone)
        if there.date() == here.date():
            return self.time(moment)
        day = self.day(moment) if there.year == here.year else self.date(moment)
        return self.gettext("{time} on {day}").format(time=self.time(moment), day=day)

    @cached_property
    def _joint(self) -> str:
        """What stands before the last item of a list: " e ", " and "."""
        return str(lists.format_list(["\0", "\0"], locale=self._babel)).strip("\0")

    def listed(self, items: Iterable[str]) -> str:
        """As in "carte, IBAN e messaggi".

        Where a name holds the joining word itself ("Accesso con SPID e CIE"), commas alone join.
        """
        names = list(items)
        if any(self._joint in name for name in names):
            return ", ".join(names)
        return str(lists.format_list(names, locale=self._babel))

    def number(self, value: int | float) -> str:
        """As in "2.300.000" in Italian, "2,300,000" in English."""
        return numbers.format_decimal(value, locale=self._babel)

    @cached_property
    def zone_name(self) -> str:
        """The zone in words, "ora italiana": the catalogue's name for it, else CLDR's."""
        own = self.gettext(self.zone.key)
        if own != self.zone.key:
            return own
        return str(
            dates.get_timezone_name(self.zone.key, zone_variant="generic", locale=self._babel)
        )

    def _format(self, pattern: str, moment: dt.date | dt.datetime) -> str:
        # The order of day and month is the catalogue's: CLDR's skeletons abbreviate the month.
        local = self.local(moment)
        day = local.date() if isinstance(local, dt.datetime) else local
        return _in_words(day, self.gettext(pattern), self._babel)


def comes_twice(local: dt.datetime) -> bool:
    """Whether its zone's clock shows this time a second time, as when summer time ends."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@lru_cache(maxsize=4096)
def _in_words(day: dt.date, pattern: str, locale: Locale) -> str:
    # A page repeats a few days many times, and to read a pattern of CLDR's is slow.
    return str(dates.format_date(day, pattern, locale=locale))


def load_words(folder: Path, locale: str, zone: ZoneInfo) -> Words:
    """Read a locale's catalogue. Raises `LocaleError` naming the file."""
    path = folder / f"{locale}.po"
    try:
        with path.open("rb") as source:
            catalogue = read_po(source, locale=locale.replace("-", "_"), abort_invalid=True)
    except FileNotFoundError:
        raise LocaleError(f"{path}: there is no catalogue for the locale {locale!r}") from None
    except (PoFileError, ValueError) as problem:
        raise LocaleError(f"{path}: {problem}") from None
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    try:
        return Words(locale, zone, Translations(compiled))
    except UnknownLocaleError as problem:
        raise LocaleError(f"{path}: {problem}") from None
