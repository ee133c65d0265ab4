"""Which answers fit a post by their words: BM25 over questions and answers.

It looks for words and understands nothing: a person reads, and decides.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incidents.answering._languages import LANGUAGES, Language

_WORD = re.compile(r"[^\W\d_]+")
_NOT_SAID = re.compile(r"https?://\S+|@[\w.@-]+")
# Robertson and Zaragoza, The Probabilistic Relevance Framework (2009): the usual values.
_K1 = 1.2
_B = 0.75
_QUESTION = 3
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer in the language of the post."""

    key: str
    question: str
    short: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer that has words in common with a post, and how much it fits (without a unit)."""

    key: str
    score: float


def guess_language(text: str, offered: Sequence[str]) -> str:
    """The language of a post among some locales, by its small words; the first one in doubt."""
    words = _words(text)
    hits = {
        locale: sum(word in _language(locale).small_words for word in words) for locale in offered
    }
    return max(offered, key=lambda locale: hits[locale])


def rank(text: str, candidates: Iterable[Candidate], locale: str) -> list[Ranked]:
    """The answers that fit a post written in a language, the best first."""
    language = _language(locale)
    papers = {each.key: _terms_of(each, language) for each in candidates}
    asked = set(_terms(text, language))
    found = [Ranked(key, score) for key, score in _scores(papers, asked).items() if score > 0]
    return sorted(found, key=lambda each: -each.score)


def _terms_of(candidate: Candidate, language: Language) -> Counter[str]:
    weighted: Counter[str] = Counter()
    parts = (
        (_QUESTION, candidate.question),
        (_SHORT, candidate.short),
        (1, candidate.answer),
    )
    for weight, text in parts:
        for term in _terms(text, language):
            weighted[term] += weight
    return weighted


def _scores(papers: Mapping[str, Counter[str]], asked: set[str]) -> dict[str, float]:
    lengths = {key: sum(terms.values()) for key, terms in papers.items()}
    usual = sum(lengths.values()) / len(lengths) if lengths else 1.0
    found = dict.fromkeys(papers, 0.0)
    for term in asked:
        holding = sum(term in terms for terms in papers.values())
        rarity = math.log(1 + (len(papers) - holding + 0.5) / (holding + 0.5))
        for key, terms in papers.items():
            often = terms[term]
            if often:
                damped = often + _K1 * (1 - _B + _B * lengths[key] / usual)
                found[key] += rarity * often * (_K1 + 1) / damped
    return found


def _terms(text: str, language: Language) -> list[str]:
    return [language.stem(word) for word in _words(text) if word not in language.small_words]


def _words(text: str) -> list[str]:
    """Small letters without accents; an apostrophe parts words, as in "l’iban"."""
    said = unicodedata.normalize("NFKD", _NOT_SAID.sub(" ", text).casefold())
    plain = "".join(char for char in said if not unicodedata.combining(char))
    return _WORD.findall(plain)


def _language(locale: str) -> Language:
    known = LANGUAGES.get(locale) or LANGUAGES.get(re.split("[-_]", locale)[0])
    return known or Language()
