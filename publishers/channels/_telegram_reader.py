"""A stranger on Telegram, without a bot or an account: what a page is shown that embeds a post.

https://core.telegram.org/widgets/post
"""

from __future__ import annotations

import re

import httpx

from publishers.channels._httpx import NETWORK_ERRORS, bind, tls

READERS_HOST = "https://t.me"

_NOT_FOUND = re.compile(
    r'class="tgme_widget_message_error(?:(?!</div).){1,200}?not found', re.IGNORECASE | re.DOTALL
)


class Reader:
    """Asks one host for posts of public channels and groups."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = httpx.Client(verify=tls())
        bind(self._client)

    def shows(self, place: str) -> bool | None:
        """Whether the post at "name/number" is shown to anybody; None where nobody says so.

        Only "not found" says that it is not: a refusal may be about the asking.
        """
        try:
            answer = self._client.get(f"{self._address}/{place}", params={"embed": "1"})
        except NETWORK_ERRORS:
            return None
        if answer.status_code != 200:
            return None
        page = answer.content.decode(errors="replace")
        if f'data-post="{place}"'.casefold() in page.casefold():
            return True
        return False if _NOT_FOUND.search(page) else None

    def close(self) -> None:
        self._client.close()
