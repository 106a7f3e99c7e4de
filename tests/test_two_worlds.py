"""Whether anything confidential exists is nowhere to be seen: two worlds, one with and one without, look the same.

Principal, evaluator, administrator, champion, outsider, former members and whoever is signed out are told the same, to
the byte, in both: pages, fragments, headers, cookies, PDFs, files, errors, mails. Only random tokens are masked.
"""

from collections.abc import Iterator

import pytest

from tests import conftest, worlds
from tests.sameness import differences
from tests.worlds import World

STRANGERS = ("principal", "depthead", "superintendent", "admin", "champion", "outsider", "signed_out", *worlds.FORMER)
Both = tuple[World, World]


@pytest.fixture(scope="module")
def both(sqlite_templates: conftest.Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both worlds, on SQLite."""
    with worlds.both(sqlite_templates.kind, sqlite_templates.with_cast, tmp_path_factory.mktemp("worlds")) as made:
        yield made


def test_only_one_world_has_something_to_hide(both: Both) -> None:
    a, b = both
    assert {name.split()[0] for name in b.hidden} >= {"documents", "confidential_records", "participants"}
    assert set(b.hidden.values()).isdisjoint(a.hidden.values())


@pytest.mark.parametrize("who", STRANGERS)
def test_both_worlds_look_the_same(both: Both, who: str) -> None:
    found = differences(*both, who)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:12])
