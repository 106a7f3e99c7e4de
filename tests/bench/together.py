"""Many people at once: 17 saves a second from several connections while others read; nothing may fail, nothing may be lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Engine, select

from tests.bench.timing import Times, summed_up
from tests.bench.visitor import Visitor, version_of
from webapp.documents.models import Document, Revision
from webapp.forms.peer_coaching_plan import Part2

WRITERS, READERS = 6, 4
SAVES_A_SECOND = 17
BETWEEN_PAGES = 0.25


@dataclass(frozen=True)
class Together:
    """How long saves and pages took, what failed, and how many acknowledged texts are not in the history."""

    saves: Times
    pages: Times
    saved: int
    read: int
    failed: list[str]
    lost: int


def at_once(coach: Visitor, plan: str, engine: Engine, *, seconds: float) -> Together:
    """Six people write in one plan, each at a prompt of their own, and four read it."""
    prompts = [prompt.name for prompt in Part2.prompts() if prompt.kind == "text"][:WRITERS]
    end = time.monotonic() + seconds
    failed: list[str] = []
    acknowledged: set[str] = set()
    begun = threading.Barrier(WRITERS + READERS)

    def write(prompt: str) -> list[float]:
        visitor, taken, text = coach.again(), [], ""
        version = version_of(visitor.get(f"/plans/{plan}/write").text, prompt)
        begun.wait()
        while (started := time.monotonic()) < end:
            text = f"{prompt} {version} at {started}"
            try:
                got = visitor.post(
                    f"/plans/{plan}/answers/{prompt}", **{f"v.{prompt}": version, prompt: text, "page": prompt}
                )
                version = version_of(got.text, prompt)
                acknowledged.add(text)
                taken.append(got.seconds)
            except (RuntimeError, OSError) as error:
                failed.append(str(error))
            time.sleep(max(0, started + WRITERS / SAVES_A_SECOND - time.monotonic()))
        return taken

    def read(_number: int) -> list[float]:
        visitor, taken = coach.again(), []
        begun.wait()
        while time.monotonic() < end:
            try:
                taken.append(visitor.get(f"/plans/{plan}/write").seconds)
            except (RuntimeError, OSError) as error:
                failed.append(str(error))
            time.sleep(BETWEEN_PAGES)
        return taken

    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing, reading = pool.map(write, prompts), pool.map(read, range(READERS))
        saves, pages = [*chain(*writing)], [*chain(*reading)]
    lost = acknowledged - _history(engine, plan)
    return Together(summed_up(saves), summed_up(pages), len(saves), len(pages), failed, len(lost))


def _history(engine: Engine, plan: str) -> set[str]:
    with engine.connect() as db:
        document = select(Document.id).where(Document.public_id == plan).scalar_subquery()
        values = db.scalars(select(Revision.value).where(Revision.document_id == document))
        return {value for value in values if isinstance(value, str)}
