"""Renders documents in several processes, when there are thousands of them.

What they show is read in one process, from one snapshot; each piece of work is handed out with all
that it needs, and comes back as documents, compressed, in the order in which it was handed out.

`python -m statuspage._presses` is such a process: pickled batches in, pickled documents out. (The
standard library's own pools would import the program's main module in each of them.)
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from itertools import islice
from typing import Any, cast

from publishers._kinds import kinds, load
from publishers.documents._base import Document
from publishers.targets._encodings import squeezed

Piece = tuple[str, tuple[Any, ...]]
"""A function of the kinds of document ("incident", "month" ...) and what it is called with."""

_PAGES = frozenset({"components", "pages"})
_Press = subprocess.Popen[bytes]
_AT_ONCE = 16
_AHEAD = 2
"""Batches that wait for each process: enough to keep it busy, few enough to hold in memory."""


def pressed(piece: Piece) -> Iterator[Document]:
    """What every kind of document makes of a piece of work, pages first."""
    yield from _made(piece, pages=True)
    yield from _made(piece, pages=False)


def pressed_in_turn(pieces: Iterable[Piece]) -> Iterator[Document]:
    """As `pressed` for each piece; but until the home page is there, all that is no page waits:
    nobody looks at it first."""
    left = iter(pieces)
    waiting = []
    for piece in left:
        yield from _made(piece, pages=True)
        waiting.append(piece)
        if piece[0] == "home":
            break
    for piece in waiting:
        yield from _made(piece, pages=False)
    for piece in left:
        yield from pressed(piece)


def _made(piece: Piece, *, pages: bool) -> Iterator[Document]:
    function, arguments = piece
    for render in _renderers(function, pages=pages):
        yield from render(*arguments)


@cache
def _renderers(function: str, *, pages: bool) -> tuple[Callable[..., Iterable[Document]], ...]:
    """That function of every kind of document that has it: of pages, or of all others."""
    names = (kind for kind in kinds("publishers.documents") if (kind in _PAGES) is pages)
    modules = (load("publishers.documents", name) for name in names)
    return tuple(getattr(module, function) for module in modules if hasattr(module, function))


def pressed_by_many(pieces: Iterable[Piece]) -> Iterator[Document]:
    """As `pressed` for each piece, by as many processes as there are cores.

    Raises `OSError` where one of them cannot be started, or ends.
    """
    many = os.cpu_count() or 1
    free: queue.SimpleQueue[_Press] = queue.SimpleQueue()
    with ExitStack() as stack:
        for _ in range(many):
            press = stack.enter_context(_started())
            stack.callback(press.kill)  # it is idle, or what it does is not wanted any more
            free.put(press)
        pool = stack.enter_context(ThreadPoolExecutor(many, thread_name_prefix="press"))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        waiting: deque[Future[list[Document]]] = deque()
        ahead = iter(pieces)
        while batch := list(islice(ahead, _AT_ONCE)):
            waiting.append(pool.submit(_by_one, free, batch))
            if len(waiting) > many * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _started() -> _Press:
    # -P: the folder that one stands in may hold a "statuspage" of its own.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _by_one(free: queue.SimpleQueue[_Press], batch: list[Piece]) -> list[Document]:
    press = free.get()
    try:
        assert press.stdin is not None
        assert press.stdout is not None
        pickle.dump(batch, press.stdin, pickle.HIGHEST_PROTOCOL)
        press.stdin.flush()
        return cast("list[Document]", pickle.load(press.stdout))  # noqa: S301  our own process
    except (EOFError, pickle.UnpicklingError) as problem:
        raise OSError("a process that rendered documents ended") from problem
    finally:
        free.put(press)


def _serve() -> None:
    """Render batches until there are no more."""
    while True:
        try:
            batch = pickle.load(sys.stdin.buffer)  # noqa: S301  our parent's
        except EOFError:
            return
        documents = [squeezed(document) for piece in batch for document in pressed(piece)]
        pickle.dump(documents, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
