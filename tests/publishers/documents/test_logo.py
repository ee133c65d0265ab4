"""The logo is a document of our own, and stands beside the service's name on every page."""

from __future__ import annotations

from publishers.documents import logo
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.page_reader import home, only
from tests.publishers.documents.test_service import THEME, set_up


def test_the_logo_stands_beside_the_name_and_is_ours() -> None:
    view = set_up(views.all_well(), theme=THEME)
    (document,) = logo.overview(view)
    assert (document.path, document.body) == ("logo.svg", b"<svg/>")
    picture = only(home(view, "en/index.html"), "//p[@class='service']/a/img")
    assert dict(picture.attrib) == {
        "class": "logo",
        "src": "../logo.svg",
        "width": "64",
        "height": "32",
        "alt": "",
    }
    assert list(logo.overview(views.all_well())) == []
