"""The same server with the walls switched off, to see what they cost. In this process only, and for nothing else.

Off: the rule in every statement (the viewer's circles become those of a plain membership, without keys, without leaving
and without evaluations), in those that are built once as well; the criterion that ORM statements get; the proof on the
final SQL; the marks on what is loaded; the checks and the locks of a flush; the look for the viewer's wrap, the check of
what it is bound to and its unwrapping; and AES: what was opened once is remembered, so no text is decrypted twice. Still
on: what the page shows, and the line in the access log.
"""

import importlib
import pkgutil
import sys
from types import FunctionType
from typing import Any

from sqlalchemy import ClauseElement, Engine, ScalarSelect, event, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from webapp import coaching_sessions, confidential
from webapp.access import VIEWER
from webapp.coaching_sessions.models import CircleMember
from webapp.database import ViewersSession

MINE = str(confidential.MINE)
LOOK, KNOWN = confidential.keys_of, dict[int, bytes]()
PLAIN = select(CircleMember.__table__.c.circle_id).where(CircleMember.__table__.c.person_id == VIEWER)


def switch_off() -> None:
    """Take down every wall in this process."""
    event.remove(ViewersSession, "do_orm_execute", confidential._wall_in)
    event.remove(Engine, "before_cursor_execute", confidential._prove)
    setattr(confidential, "_mark", lambda _instance, _db: None)  # noqa: B010 of a module
    event.remove(Session, "before_attach", confidential._refuse_strangers_objects)
    event.remove(Session, "before_flush", confidential._check_flush)
    replaced: dict[Any, Any] = {confidential.unseal: _remembered(confidential.unseal)}
    replaced |= {
        confidential.keys_of: _keys_of,
        confidential.key_of: lambda db, circle_id: _keys_of(db, [circle_id])[circle_id],
    }
    replaced |= {
        confidential.wall: lambda walled: getattr(walled, walled.wall_key).in_(PLAIN),
        confidential.hold: lambda _db, _circles: None,
    }
    replaced[confidential.lock] = lambda _db, _circles: False
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
    """A statement with plain membership instead of the rule of the wall."""

    def replace(element: Any, **_: Any) -> Any:
        right = getattr(element, "right", None)
        return element.left.in_(PLAIN) if isinstance(right, ScalarSelect) and str(right.element) == MINE else None

    free = visitors.replacement_traverse(statement, {}, replace)
    assert "wall_me" not in str(free)
    return free


def _keys_of(db: Any, circle_ids: Any) -> dict[int, bytes]:
    """Each circle's key is looked for once, whoever asks."""
    wanted = set(circle_ids)
    if missing := wanted - KNOWN.keys():
        KNOWN.update(LOOK(db, missing))
    return {one: KNOWN[one] for one in wanted if one in KNOWN}


def _remembered(function: Any) -> Any:
    """What was worked out once is not worked out again."""
    known: dict[Any, Any] = {}

    def remember(*given: Any) -> Any:
        if given not in known:
            known[given] = function(*given)
        return known[given]

    return remember


if __name__ == "__main__":
    from tests.bench.served import app
    from webapp.serving import serve

    switch_off()
    serve(app, host="127.0.0.1", port=int(sys.argv[1]))
