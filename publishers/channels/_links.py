"""Finds the links that X and other clients would make of a text, those without a scheme too."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COUNTRY_CODES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs"
    " bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee"
    " eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm"
    " hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb"
    " lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz"
    " na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs"
    " ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl"
    " tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
# Of more than a thousand, those that a public body's text may hold. A missing one makes us count
# a bare domain by its letters; links with "https://" do not depend on this list.
_GENERIC_NAMES = (
    "academy aero agency app art asia bank bio biz blog casa cat center city cloud club com company"
    " coop dev digital edu education email energy events expert family farm finance fit foundation"
    " fun fund fyi gov green group guide health help host hotel house info ink int international"
    " jobs land law legal life link live ltd market media mil mobi mobile moda museum name net"
    " network news ngo one ong online org page paris photo plus post press pro property pub report"
    " restaurant review run school science services shop site social software solutions space store"
    " study support systems taxi team tech tel tips today tools top tours town training travel"
    " vet video vote web website wiki work world xyz zone"
)
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
_GENERIC = frozenset(_GENERIC_NAMES.split())

_WORD = r"0-9A-Za-z\u00c0-\u024f"
_LABEL = rf"[{_WORD}](?:[{_WORD}_-]{{0,61}}[{_WORD}])?"
HOST = rf"(?:{_LABEL}\.){{1,20}}"
# After "https://" any script may follow; this leaves out the blocks of punctuation and symbols.
_ANY = rf"{_WORD}\u0250-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff\U00010000-\U0001efff"
_ANY_LABEL = rf"[{_ANY}](?:[{_ANY}_-]{{0,61}}[{_ANY}])?"
_ANY_HOST = rf"(?:{_ANY_LABEL}\.){{1,20}}"
_PATH = rf"[{_WORD}\u0400-\u04ff_!*';:=+,.$/%\#\[\]\u2013~@|&-]"
_PAIR = rf"\({_PATH}*\)"
# Which characters a path may hold matters: X sees a mention right after the first that it may not.
_LINK = re.compile(
    rf"""
    (?:(?<![0-9A-Za-z@＠$\#＃])(?P<scheme>https?://)|(?<![{_WORD}@＠$\#＃]))
    (?P<host>(?(scheme){_ANY_HOST}(?:[a-z]{{2,63}}|[^\x00-\u024f\W]{{2,63}})|{HOST}[a-z]{{2,63}}))
    (?![{_WORD}@_])
    (?::[0-9]+)?
    (?P<path>/(?:(?:{_PATH}|{_PAIR})*(?:[{_WORD}\u0400-\u04ff_=\#/+-]|{_PAIR}))?)?
    (?:\?[0-9A-Za-z_!?*'@();:&=+$/%\#\[\],.~|-]*[0-9A-Za-z_&=\#/-])?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a reader's client would make of `text[start:end]`."""

    start: int
    end: int
    text: str
    has_scheme: bool
    known: bool
    """Whether its top-level domain is one that we know, so that every client makes it a link."""
    sure: bool
    """Whether X certainly counts it as a link; otherwise it may count it letter by letter."""


def links(text: str) -> list[Link]:
    """The links of a text, left to right, those without "https://" too: "perche.no" becomes one.

    Bare domains need a well-known top-level domain; with a scheme any host with a dot is taken.
    """
    found = (_as_link(match) for match in _LINK.finditer(text))
    return [link for link in found if link is not None]


def _as_link(match: re.Match[str]) -> Link | None:
    top = match["host"].rpartition(".")[2].lower()
    known = top in _COUNTRIES or top in _GENERIC
    scheme = match["scheme"] is not None
    if not known and not scheme:
        return None
    short = top in _COUNTRIES and not scheme and not match["path"]
    return Link(match.start(), match.end(), match[0], scheme, known, known and not short)


def accidental_links(text: str) -> tuple[str, ...]:
    """What would become a link without "https://", such as "perche.no": often a missing space."""
    return tuple(link.text for link in links(text) if not link.has_scheme)
