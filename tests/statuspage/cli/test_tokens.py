"""`avviso token`: shown once, known by its beginning, revoked by it."""

from __future__ import annotations

from tests.statuspage.cli._avviso import Avviso


def test_a_token_is_made_listed_and_revoked(avviso: Avviso) -> None:
    shown = avviso.done("token", "add", "Sorveglianza", "--for", "ada", "--days", "3")
    token = shown.splitlines()[0]
    prefix = token.split("_")[1]
    assert token.startswith("avviso_")
    assert "acts as ada until " in shown
    listed = avviso.done("token", "list")
    assert prefix in listed
    assert token[-43:] not in listed
    assert "opens nothing any more" in avviso.done("token", "revoke", prefix)
    found = avviso.json("token", "list")
    assert [each["revoked_at"] is None for each in found] == [False]
    assert "already" in avviso.refused("token", "revoke", prefix)


def test_programs_get_json(avviso: Avviso) -> None:
    told = avviso.json("token", "add", "a", "--for", "ada", "--scope", "write", "--scope", "read")
    assert (told["token"][:7], told["expires_at"]) == ("avviso_", None)
    assert avviso.json("token", "list")[0]["scopes"] == ["read", "write"]


def test_what_is_refused(avviso: Avviso) -> None:
    assert "'nobody'" in avviso.refused("token", "add", "a", "--for", "nobody")
    assert "'nix'" in avviso.refused("token", "revoke", "nix")
    avviso.refused("token", "add", "a", "--for", "ada", "--scope", "all", code=2)
    avviso.refused("token", "add", "a", "--for", "ada", "--days", "0", code=2)
