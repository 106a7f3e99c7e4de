"""The same server with the walls switched off, to see what they cost. In this process only, and for nothing else.

Off: the criterion in every statement (`circle IN (the viewer's)` becomes true), in those that are built once as well;
the criterion that ORM statements get; the proof on the final SQL; the marks on what is loaded; the checks and the
locks of a flush;
the look for the viewer's wrap, the check of what it is bound to and its unwrapping; and AES: what was opened once is
remembered, so that no text is decrypted twice. Still on: the record's row, its members, the line in the access log.
"""

import importlib
import pkgutil
import sys
from types import FunctionType
from typing import Any

from sqlalchemy import ClauseElement, Engine, ScalarSelect, event, true
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from webapp import coaching_sessions, confidential
from webapp.database import ViewersSession

MINE = str(confidential.MINE)


def switch_off() -> None:
    """Take down every wall in this process."""
    event.remove(ViewersSession, "do_orm_execute", confidential._wall_in)
    event.remove(Engine, "before_cursor_execute", confidential._prove)
    setattr(confidential, "_mark", lambda _instance, _db: None)  # noqa: B010 of a module
    event.remove(Session, "before_attach", confidential._refuse_strangers_objects)
    event.remove(Session, "before_flush", confidential._check_flush)
    key_of, unseal, keys_of = _remembered(confidential.key_of), _remembered(confidential.unseal), confidential.keys_of
    replaced = {confidential.key_of: key_of, confidential.unseal: unseal, keys_of: _remembered(keys_of)}
    replaced |= {confidential.wall: lambda _walled: true(), confidential.hold: lambda _db, _circles: None}
    replaced[confidential.lock] = replaced[confidential.hold]
    for module in _modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, ClauseElement) and "wall_me" in str(value) and str(value) != MINE:
                setattr(module, name, _without(value))
            elif isinstance(value, FunctionType) and value in replaced:
                setattr(module, name, replaced[value])


def _modules() -> list[Any]:
    names = [f"{coaching_sessions.__name__}.{found.name}" for found in pkgutil.iter_modules(coaching_sessions.__path__)]
    return [confidential, *map(importlib.import_module, names)]


def _without(statement: Any) -> Any:
    """A statement whose criteria of the wall are true."""

    def replace(element: Any, **_: Any) -> Any:
        right = getattr(element, "right", None)
        return true() if isinstance(right, ScalarSelect) and str(right.element) == MINE else None

    free = visitors.replacement_traverse(statement, {}, replace)
    assert "wall_me" not in str(free)
    return free


def _remembered(function: Any) -> Any:
    """What was worked out once is not worked out again, whoever asks."""
    known: dict[Any, Any] = {}

    def remember(*given: Any) -> Any:
        key = tuple(tuple(one) if isinstance(one, list | set) else one for one in given if not isinstance(one, Session))
        if key not in known:
            known[key] = function(*given)
        return known[key]

    return remember


if __name__ == "__main__":
    from tests.bench.served import app
    from webapp.serving import serve

    switch_off()
    serve(app, host="127.0.0.1", port=int(sys.argv[1]))
