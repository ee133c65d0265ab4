"""Who is signed in, and who may see a page.

`install` puts it into the application; views are guarded by `needs`.
"""

from statuspage._link_address import link_address
from statuspage.auth._guard import (
    SignedIn,
    install,
    is_page,
    kept_form,
    needs,
    signed_in,
    signed_in_or_nobody,
)

__all__ = [
    "SignedIn",
    "install",
    "is_page",
    "kept_form",
    "link_address",
    "needs",
    "signed_in",
    "signed_in_or_nobody",
]
