"""The process that sends one notice by Apprise, and ends: run as a file, never imported.

A process of its own, because Apprise's plug-ins bound no wait as a whole, sleep, follow redirects
to anywhere, and tell of what happened only that it did not work. Here all of that can be watched
and, if need be, killed. What it is asked for comes by standard input, so that no secret stands in
its arguments: a line of JSON, then "go" once it has said that it is ready. It answers in JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.common import OverflowMode
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError

_CALLS: list[dict[str, Any]] = []
"""Each HTTP request that was made: its status, or the error and whether it may have arrived."""
_CONNECTED: list[str] = []
_REFUSED: list[str] = []
_REACHING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_RUNNING = ("subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system")

_send = requests.Session.send


def main() -> None:
    """Say who would be told, wait for the word, send, and say what became of it."""
    out, sys.stdout = sys.stdout, sys.stderr  # whatever a plug-in prints is no answer
    asked = json.loads(sys.stdin.readline())
    service = _service(asked["url"])
    if service is None:
        _answer(out, {"problem": "unknown"})
        return
    _answer(out, {"name": str(service.service_name), "longest": int(service.body_maxlen)})
    if sys.stdin.readline() != "go\n":
        return
    _watch(internal=asked["internal"])
    everyone = Apprise(asset=_asset())
    everyone.add(service)
    taken = bool(everyone.notify(asked["body"], body_format=NotifyFormat.TEXT))
    told = {"taken": taken, "calls": _CALLS, "connected": bool(_CONNECTED), "refused": _REFUSED}
    _answer(out, told)


def _answer(out: Any, told: Mapping[str, Any]) -> None:
    out.write(f"{json.dumps(told)}\n")
    out.flush()


def _asset() -> AppriseAsset:
    return AppriseAsset(
        async_mode=False, http_redirects=False, interpret_escapes=False, interpret_emojis=False
    )


def _service(url: str) -> Any:
    """Apprise's plug-in for an address, or None. It retries nothing and cuts nothing."""
    service = Apprise.instantiate(url, asset=_asset())
    if service is not None:
        service.retry = 0
        service.overflow_mode = OverflowMode.UPSTREAM
    return service


def _watch(*, internal: bool) -> None:
    """From now on no program is run, and no address asked that is not everybody's."""
    # Apprise makes sessions of its own.
    requests.Session.send = _noted  # type: ignore[assignment,method-assign]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _RUNNING:
            raise PermissionError("no other program is run for a notice")
        if event not in _REACHING:
            return
        address = _address(arguments[1])
        if not internal and not _is_public(address):
            _REFUSED.append(address)
            raise PermissionError("this address is not a public one")
        _CONNECTED.append(address)

    sys.addaudithook(hook)


def _address(socket_address: Any) -> str:
    return str(socket_address[0] if isinstance(socket_address, tuple) else socket_address)


def _is_public(address: str) -> bool:
    """Whether it is one of the internet; names that nobody resolved yet are not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast


def _noted(session: requests.Session, request: Any, **kwargs: Any) -> requests.Response:
    kwargs["allow_redirects"] = False
    try:
        response = _send(session, request, **kwargs)
    except requests.RequestException as problem:
        _CALLS.append({"error": type(problem).__name__, "sent": not _never_sent(problem)})
        raise
    wait = response.headers.get("retry-after", "")
    _CALLS.append({"status": response.status_code, "retry_after": wait})
    return response


def _never_sent(error: BaseException) -> bool:
    """Whether a call failed before any byte of the request left: no connection, no TLS, no name."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.InvalidURL)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, (NewConnectionError, ProxyError)
    )


if __name__ == "__main__":
    main()
