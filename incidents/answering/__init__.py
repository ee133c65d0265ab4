"""Helps a person to answer one post of a citizen: how old, to whom, and which answer fits. Pure.

Nothing is fetched and nothing is sent: what is known is what the operator pasted.
"""

from incidents.answering._address import OLD_AFTER, Address, address_of, date_in_id
from incidents.answering._addressed import Addressed, addressed
from incidents.answering._ranking import Candidate, Ranked, guess_language, rank

__all__ = [
    "OLD_AFTER",
    "Address",
    "Addressed",
    "Candidate",
    "Ranked",
    "address_of",
    "addressed",
    "date_in_id",
    "guess_language",
    "rank",
]
