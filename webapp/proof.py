"""The proof on the final SQL: whether every mention of a confidential table stands behind the wall.

A mention counts as walled only if, in the very SELECT, UPDATE or DELETE it stands in, a condition says that its circle
is among the viewer's (the exact words of the rule), joined by nothing but AND. What is not understood is not walled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_OPAQUE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|/\*.*?\*/|--[^\n]*""", re.DOTALL)
_STRANGE = re.compile(r"\\'|\$\w*\$|U&|;\s*\S|\b(?:FULL|RIGHT)\s+(?:OUTER\s+)?JOIN\b", re.IGNORECASE)
_STARTS = re.compile(r"(?:SELECT|WITH|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
_PLACE = re.compile(r"%\((\w+)\)s|\?")
_NUMBER = re.compile(r"_\d+\b")
_TOKEN = re.compile(r"\w+(?:\s*\.\s*\w+)*|\S")
WALL = "the_rule_of_the_wall"

_BEGINS = frozenset({"SELECT", "UPDATE", "DELETE", "INSERT", "VALUES"})
_PARTS_SELECTS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_CLAUSES = frozenset(
    {"FROM", "WHERE", "ON", "GROUP", "HAVING", "ORDER", "LIMIT", "RETURNING", "SET", "WINDOW", "USING"}
)
_MAY_FOLLOW = _CLAUSES | _PARTS_SELECTS | {"", "AND", ")", "JOIN", "LEFT", "INNER", "CROSS", "FOR", "OFFSET"}
_HOLDS_ALL = frozenset({"WHERE", "ON", "AND", "("})


def flat(statement: str, names: Sequence[str] | None) -> str:
    """A statement in one form for all databases: plain names, no literals and comments, `:name` for each value.

    `names`: those of the values that stand as question marks, in their order.
    """
    plain = _OPAQUE.sub(_plain, statement)
    places = iter(names or ())
    plain = _PLACE.sub(lambda found: f":{found[1] or next(places, 'unknown')}", plain)
    return " ".join(plain.split())


def rule_pattern(rule: str) -> re.Pattern[str]:
    """The words of a rule (flat) as they stand in whatever statement: the numbers of its names differ."""
    return re.compile(_NUMBER.sub(r"_\\d+", re.escape(rule)))


def _plain(found: re.Match[str]) -> str:
    kept = found[0]
    if kept.startswith('"'):
        return kept[1:-1] if re.fullmatch(r'"\w+"', kept) else "a_strange_name"
    return "''" if kept.startswith("'") else " "


@dataclass
class _Select:
    """One SELECT, UPDATE or DELETE: the tables it names, and those of them that are behind the wall."""

    begins: str = ""
    mentions: dict[str, str] = field(default_factory=dict)  # as it is called here → which table it is
    walled: set[str] = field(default_factory=set)


@dataclass
class _Level:
    """What stands between two parentheses (or outside of them all)."""

    select: _Select
    holds_all: bool  # the parentheses stand where all that is in them has to hold
    clause: str = ""
    found: set[str] = field(default_factory=set)  # criteria in this clause
    loose: bool = False  # the clause has an OR: its criteria say nothing
    joined: set[str] = field(default_factory=set)  # what the last JOIN brought in

    def end_clause(self, clause: str) -> None:
        """What was found counts, unless something else could hold instead."""
        if not self.loose:
            self.select.walled |= self.found
        self.clause, self.found, self.loose = clause, set(), False


class _Reading:
    """One pass over the tokens of a statement."""

    def __init__(self, tokens: list[str], tables: frozenset[str]) -> None:
        self.tokens, self.tables = tokens, tables
        self.selects = [_Select()]
        self.levels = [_Level(self.selects[0], holds_all=False)]
        self.bare: list[str] = []

    def next(self, at: int, by: int = 1) -> str:
        """The token `by` places further, in capitals."""
        return self.tokens[at + by].upper() if 0 <= at + by < len(self.tokens) else ""

    def read(self) -> list[str]:
        """Every mention that is not walled."""
        for at, token in enumerate(self.tokens):
            self._take(at, token.upper(), self.levels[-1])
        while self.levels:
            self._close()
        copies = any(select.begins == "INSERT" for select in self.selects)
        for select in self.selects:
            self.bare += [table for name, table in select.mentions.items() if copies or name not in select.walled]
        return self.bare

    def _take(self, at: int, word: str, here: _Level) -> None:
        if word == "(":
            self._open(at, here)
        elif word == ")" and len(self.levels) > 1:
            self._close()
        elif word in _BEGINS and self.next(at, -1) not in ("FOR", "KEY", "DO"):
            self._begin(word, here)
        elif word in _PARTS_SELECTS:
            self._begin("", here)
        elif word in _CLAUSES and self.next(at, -1) != "DISTINCT":
            here.end_clause(word)
        elif word == "JOIN" or (word == "," and here.clause in ("FROM", "ON")):
            here.end_clause("FROM")
            here.joined = set()
        elif word in ("OR", "CASE"):
            here.loose = True
        else:
            self._name(at, word, here)

    def _open(self, at: int, here: _Level) -> None:
        before = self.next(at, -1)
        joins = before in ("JOIN", "FROM", ",") or (before == "(" and here.clause == "FROM")
        conjunct = here.clause in ("WHERE", "ON") and before in _HOLDS_ALL and here.holds_all
        level = _Level(here.select, holds_all=joins or conjunct, clause=here.clause, joined=set(here.joined))
        self.levels.append(level)

    def _close(self) -> None:
        level = self.levels.pop()
        outside = self.levels[-1] if self.levels else None
        if outside is None or outside.select is not level.select:
            level.end_clause("")
        elif level.clause == outside.clause and level.clause in ("WHERE", "ON"):
            outside.found |= set() if level.loose else level.found
        else:  # tables joined in parentheses
            level.end_clause("")
            outside.joined |= level.joined

    def _begin(self, word: str, here: _Level) -> None:
        here.end_clause(word)
        here.select = _Select(begins=word)
        here.holds_all = True
        self.selects.append(here.select)

    def _name(self, at: int, word: str, here: _Level) -> None:
        *before, last = re.split(r"\s*\.\s*", word.lower())
        if WALL in last:
            self._criterion(at, here)
        if here.select.begins == "UPDATE" and here.clause == "SET" and self.next(at) == "=" and self._moves(last, here):
            self.bare.append("a row never goes to another circle")
        if before and before[-1] in self.tables and last not in self.tables:
            return  # a column
        if last in self.tables and self.next(at) != ".":
            called = self.tokens[at + 2].lower() if self.next(at) == "AS" and at + 2 < len(self.tokens) else last
            if called in here.select.mentions:
                self.bare.append(last)
            here.select.mentions[called] = last
            here.joined.add(called)

    def _moves(self, column: str, here: _Level) -> bool:
        return column == "circle_id" or (column == "id" and "circles" in here.select.mentions.values())

    def _criterion(self, at: int, here: _Level) -> None:
        """`alias.circle_id IN ( <the rule> )`, where all that is said has to hold."""
        outside = self.levels[-2] if len(self.levels) > 1 else here
        said = " ".join(self.tokens[at - 3 : at + 2])
        called, _, column = self.tokens[at - 3].lower().partition(".")
        stands = said.endswith(f"IN ( {WALL} )") and self.next(at, -4) in _HOLDS_ALL and self.next(at, 2) in _MAY_FOLLOW
        key = "id" if outside.select.mentions.get(called) == "circles" else "circle_id"
        if not stands or not outside.holds_all or column != key:
            return
        if outside.clause == "WHERE" or (outside.clause == "ON" and called in outside.joined):
            outside.found.add(called)


def bare_mentions(
    statement: str, names: Sequence[str] | None, rule: re.Pattern[str], tables: frozenset[str]
) -> list[str]:
    """The confidential tables that a statement names without the wall, once for each time; `rule`: its words."""
    mention = re.compile(rf"\b(?:{'|'.join(tables)})\b", re.IGNORECASE)
    hidden = any(
        mention.search(found[0]) and found[0].strip('"').lower() not in tables for found in _OPAQUE.finditer(statement)
    )
    plain = flat(statement, names)
    if hidden or _STRANGE.search(statement) or not _STARTS.match(plain):
        return [found[0].lower() for found in mention.finditer(statement)] * 2
    return _Reading(_TOKEN.findall(rule.sub(WALL, plain)), tables).read()
