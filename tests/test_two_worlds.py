"""Whether anything confidential exists is nowhere to be seen: two worlds, one with and one without, look the same.

Principal, evaluator, administrator, champion, outsider, former members and whoever is signed out are told the same, to
the byte, in both: pages, fragments, headers, cookies, PDFs, files, errors, mails. Only random tokens are masked.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from tests import conftest, worlds
from tests.leaky import LEAKS
from tests.sameness import differences
from tests.worlds import World

STRANGERS = ("principal", "depthead", "superintendent", "admin", "champion", "outsider", "signed_out", *worlds.FORMER)
Both = tuple[World, World]
Make = Callable[[], AbstractContextManager[Both]]


@pytest.fixture(scope="module")
def make_both(sqlite_templates: conftest.Templates, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`with make_both() as (a, b):` makes both worlds, on SQLite."""
    kind, begin = sqlite_templates.kind, sqlite_templates.with_cast
    return lambda: worlds.both(kind, begin, tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def both(make_both: Make) -> Iterator[Both]:
    """Both worlds as they are."""
    with make_both() as made:
        yield made


def test_only_one_world_has_something_to_hide(both: Both) -> None:
    a, b = both
    assert {name.split()[0] for name in b.hidden} >= {"documents", "confidential_records", "participants"}
    assert set(b.hidden.values()).isdisjoint(a.hidden.values())


@pytest.mark.parametrize("who", STRANGERS)
def test_both_worlds_look_the_same(both: Both, who: str) -> None:
    found = differences(*both, who)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:12])


@pytest.mark.parametrize("leak", LEAKS)
def test_each_planted_leak_is_found(both: Both, make_both: Make, monkeypatch: pytest.MonkeyPatch, leak: str) -> None:
    planted = LEAKS[leak]
    planted.plant(monkeypatch)
    with make_both() if planted.anew else nullcontext(both) as (a, b):
        assert differences(a, b, planted.who, where=planted.where), leak
