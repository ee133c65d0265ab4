"""A picture on its way to X: uploaded by API v2, with its alternative text, before the post.

https://docs.x.com/x-api/media/upload-media and .../create-media-metadata
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from publishers.channels import _x_api as api
from publishers.channels._http import NETWORK_ERRORS
from publishers.channels._picture import NoPicture, Picture


def upload(client: Any, picture: Picture) -> str:
    """The id by which a post names the picture. Raises `NoPicture`, whatever goes wrong: if it is
    the account's fault, the post itself will hear the same. No picture goes without its text."""
    # Pillow is imported only where a picture is wanted.
    from publishers.channels._picture_drawing import draw

    media = b64encode(draw(picture)).decode()
    wanted = {"media": media, "media_category": "tweet_image", "media_type": "image/png"}
    told = _ask(client, "/2/media/upload", wanted).get("data")
    media_id = str(told.get("id", "")) if isinstance(told, dict) else ""
    if not media_id.isdecimal():
        raise NoPicture("X took the picture, but its answer makes no sense")
    alt = {"alt_text": {"text": picture.alt}}
    _ask(client, "/2/media/metadata", {"id": media_id, "metadata": alt})
    return media_id


def _ask(client: Any, route: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        response = client.request("POST", route, json=body, user_auth=True)
    except NETWORK_ERRORS as problem:
        raise NoPicture(f"no answer from X ({type(problem).__name__})") from None
    except api.Refused as refused:
        reason = refused.answer.summary
    else:
        return api.document(response) or {}
    raise NoPicture(reason)
