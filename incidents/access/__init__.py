"""Who operators are when they sign in: passwords, second factors, sessions, links, throttling.

It knows nothing of HTTP: tokens come in and go out as texts, times are passed in.
"""

from incidents.access._digests import new_token
from incidents.access._entering import (
    Entered,
    enter,
    enter_by_code,
    enter_by_password,
)
from incidents.access._kept import forget_form, hand_over, keep_form, kept_fields
from incidents.access._links import (
    GOOD_FOR,
    Link,
    Purpose,
    look_at_link,
    make_link,
    use_link,
)
from incidents.access._own import (
    Own,
    SignedInLongAgo,
    change_password,
    end_other_sessions,
    own_of,
    prove_oneself,
    set_locale,
)
from incidents.access._passwords import LONGEST, SHORTEST, check_password
from incidents.access._replies import forget_replies
from incidents.access._second_factor import (
    ReEncrypted,
    confirm_second_factor,
    offer_second_factor,
    offered_secret,
    provisioning_address,
    re_encrypt,
    remove_second_factor,
    renew_recovery_codes,
)
from incidents.access._sessions import (
    Limits,
    OpenSession,
    Person,
    Visitor,
    begin_session,
    end_session,
    person_of,
    sessions_of,
)
from incidents.access._throttle import TooManyTries, WrongSignIn
from incidents.access._tidying import tidy

__all__ = [
    "GOOD_FOR",
    "LONGEST",
    "SHORTEST",
    "Entered",
    "Limits",
    "Link",
    "OpenSession",
    "Own",
    "Person",
    "Purpose",
    "ReEncrypted",
    "SignedInLongAgo",
    "TooManyTries",
    "Visitor",
    "WrongSignIn",
    "begin_session",
    "change_password",
    "check_password",
    "confirm_second_factor",
    "end_other_sessions",
    "end_session",
    "enter",
    "enter_by_code",
    "enter_by_password",
    "forget_form",
    "forget_replies",
    "hand_over",
    "keep_form",
    "kept_fields",
    "look_at_link",
    "make_link",
    "new_token",
    "offer_second_factor",
    "offered_secret",
    "own_of",
    "person_of",
    "prove_oneself",
    "provisioning_address",
    "re_encrypt",
    "remove_second_factor",
    "renew_recovery_codes",
    "sessions_of",
    "set_locale",
    "tidy",
    "use_link",
]
