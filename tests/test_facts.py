"""Each fact of access.py speaks of the one document, part or row at hand, never of just any."""

import re
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import sqlite

from webapp.access import PART_FACTS, PERSON_FACTS, row_agreed_by_all
from webapp.documents.models import Answer, Document, DocumentPart


def tables_read_again(fact: ColumnElement[bool], *outside: Any) -> list[str]:
    """The tables from outside the fact that a select within it reads anew, so that any of their rows would do."""
    asked = select(*(table.__table__.c[0] for table in outside)).where(fact)
    sql = str(asked.compile(dialect=sqlite.dialect()))
    froms = re.findall(r"FROM ([\w, \n]+?)(?: ?\n?WHERE|$)", sql)[1:]
    names = {table.__tablename__ for table in outside}
    return [one for listed in froms for one in re.split(r",\s*", listed) if one.strip() in names]


@pytest.mark.parametrize("name", PERSON_FACTS)
def test_a_fact_about_the_reader_is_about_this_document(name: str) -> None:
    assert tables_read_again(PERSON_FACTS[name], Document) == []


@pytest.mark.parametrize("name", PART_FACTS)
def test_a_fact_about_a_part_is_about_this_part(name: str) -> None:
    assert tables_read_again(PART_FACTS[name], Document, DocumentPart) == []


def test_whether_all_agree_is_about_this_row() -> None:
    assert tables_read_again(row_agreed_by_all(Answer), Answer) == []
