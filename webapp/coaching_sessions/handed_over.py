"""How a released page is closed for its readers, and closed to them again once it is taken back.

For whom it is stands inside the seal, and the seal fits one record of one plan only: a row that is put in, copied or
pointed elsewhere in the database opens nothing. Taking it back closes the page with the key of its circle instead.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from .. import keys
from ..confidential import key_of
from ..database import ViewersSession
from .models import Release

USE = "release"  # of the master key, and the first word of the place that the page is sealed to
Kept = Release | Row[Any]


def place(release: Kept) -> tuple[object, ...]:
    """Where this page belongs."""
    return (USE, release.public_id, release.content_hash, release.record_id, release.plan_id)


def close_for(release: Release, page: bytes, readers: Iterable[int]) -> None:
    """Close the page for these readers with the current master key."""
    ring = keys.ring()
    said = json.dumps({"page": page.decode(), "readers": sorted(readers)}, ensure_ascii=False).encode()
    release.master_key = ring.current
    release.sealed = keys.seal(ring.for_use(ring.current, USE), said, *place(release))


def unsealed(release: Kept) -> tuple[bytes, frozenset[int]]:
    """The page that is out, and the ids of those it is for. keys.Unreadable if it was copied, changed or taken back."""
    said = json.loads(keys.unseal(keys.ring().for_use(release.master_key, USE), release.sealed, *place(release)))
    return said["page"].encode(), frozenset(said["readers"])


def take_back(db: ViewersSession, release: Release, circle_id: int) -> None:
    """From now on only the circle can open it, with its own key."""
    page, _ = unsealed(release)
    release.sealed = keys.seal(key_of(db, circle_id), page, "taken back", *place(release))


def taken_back(db: ViewersSession, release: Release, circle_id: int) -> bytes:
    """The page that was taken back, for the circle. keys.Unreadable if it was changed."""
    return keys.unseal(key_of(db, circle_id), release.sealed, "taken back", *place(release))
