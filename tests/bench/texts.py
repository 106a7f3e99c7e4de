"""What it takes to put one operation into a long text, past what a hundred others did meanwhile; without a database."""

import json
import random
import time
from secrets import token_hex

from tests.bench.timing import Times, summed_up
from webapp.documents import text_saves
from webapp.documents.keeping import Newer
from webapp.documents.text_operations import Typing, apply
from webapp.forms.peer_coaching_plan import Part2

LONG = 20_000
OTHERS = 100
ROUNDS = 200


def merging(others: int) -> Times:
    """Milliseconds for one operation past so many."""
    chance = random.Random(others)
    text, newer = _history(chance, others)
    prompt = next(prompt for prompt in Part2.prompts() if prompt.kind == "text")
    taken = []
    for _ in range(ROUNDS):
        at = chance.randrange(LONG - 5)
        sent = json.dumps([{"key": token_hex(8), "operation": [at, "word ", -5, LONG - at - 5], "goes_on": None}])
        began = time.perf_counter()
        begun = text_saves.ground([_version(0, text), *newer], 1)
        assert begun is not None
        requests = text_saves.read_requests(sent)
        judged = text_saves.requested(begun, requests, prompt, by_id=1, known=set())
        taken.append(time.perf_counter() - began)
        assert "word " in judged.steps[-1].text
    return summed_up(taken)


def _history(chance: random.Random, others: int) -> tuple[str, list[Newer]]:
    """A text of 20 KB, and what others did to it one after the other."""
    begun = text = "".join(chance.choices("abcdefgh    ", k=LONG))
    newer = []
    for number in range(others):
        at = chance.randrange(len(text) - 10)
        taken = -chance.randrange(5)
        parts = [part for part in (at, f"{number} ", taken, len(text) - at + taken) if part]
        text = apply(parts, text)
        newer.append(_version(number + 1, text, Typing(parts)))
    return begun, newer


def _version(number: int, text: str, typing: Typing | None = None) -> Newer:
    return Newer(2, "", number + 1, text, typing, token_hex(8) if typing else None)
