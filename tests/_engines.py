"""Engines of one kind of database share what they have learned and compiled.

Nearly every test has an engine of its own, and would compile the same few hundred statements anew,
which takes longer than to run them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine

_STATEMENTS = 2000
_first: dict[str, Engine] = {}


def shared(url: Any, **options: Any) -> Engine:
    """As `create_engine`, with the dialect and the compiled statements of the kind's first."""
    if "isolation_level" in options:  # a dialect of its own
        return create_engine(url, **options)
    engine = create_engine(url, query_cache_size=_STATEMENTS, **options)
    first = _first.get(engine.name)
    if first is None:
        _learn(engine)
        return engine
    engine.dialect.initialize = _known  # type: ignore[assignment, method-assign]
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine


def _learn(engine: Engine) -> None:
    """It is the first of its kind once it was connected: some never are."""
    ask = engine.dialect.initialize

    def initialize(connection: Connection) -> None:
        ask(connection)
        _first.setdefault(engine.name, engine)

    engine.dialect.initialize = initialize  # type: ignore[method-assign]


def _known(_connection: Any) -> None:
    """What to ask a server of this kind was asked by the first."""
