"""What a page sends as comments, and what is wrong with them.

Field names: `comment.SECTION` a comment, `reply.THREAD` an answer, `tell.comment.SECTION` and `tell.reply.THREAD` the public
ids of those to whom it speaks, `quote.SECTION` the words that it is about (JSON), `shared` the sections of which the page
said that the principal reads comments there.
"""

import json
from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict

from ..access import Opened
from ..text import UnusableText, showable, tidy
from . import comments
from .comments import QUOTE_LENGTH, CannotComment
from .talk import New, Quote
from .written import Written

LENGTH = 5_000
NO_WORDS = "There are no words in your comment yet. Please write it, then send it."
UNCLEAR = "This page could not say which words you chose. Please choose them again."


def read(opened: Opened, sent: MultiDict[str, str], written: Written) -> list[New]:
    """The comments of this page that can be kept; what is wrong with the others goes to its mistakes."""
    found = []
    for name in sent:
        kind, _, key = name.partition(".")
        if kind in ("comment", "reply") and _says_something(sent, kind, key):
            _note(written, sent, kind, key)
            try:
                found.append(_read(opened, sent, kind, key))
            except (CannotComment, UnusableText) as error:
                written.mistakes[kind, key] = str(error)
    return found


def _says_something(sent: MultiDict[str, str], kind: str, key: str) -> bool:
    return any(
        (sent[f"{kind}.{key}"].strip(), sent.get(f"tell.{kind}.{key}"), kind == "comment" and _quoted(sent, key))
    )


def _quoted(sent: MultiDict[str, str], section: str) -> str:
    return sent.get(f"quote.{section}", "")


def _note(written: Written, sent: MultiDict[str, str], kind: str, key: str) -> None:
    """Keep what was typed, to show it again."""
    written.raw[kind, key] = showable(sent[f"{kind}.{key}"])
    written.raw["tell", f"{kind}.{key}"] = sent.getlist(f"tell.{kind}.{key}")
    if kind == "comment":
        quote = _quoted(sent, key)
        written.raw["quote", key] = showable(quote)
        written.raw["words", key] = showable(f"{_object(quote).get('words', '')}")


def _read(opened: Opened, sent: MultiDict[str, str], kind: str, key: str) -> New:
    body, tell = sent[f"{kind}.{key}"], sent.getlist(f"tell.{kind}.{key}")
    if kind == "comment":
        opened.demand("comment", part_of(opened, key))
        quote, knowing = _quote(_quoted(sent, key)), key in sent.getlist("shared")
        return comments.new(opened, key, _body(body), knowing=knowing, tell=tell, quote=quote)
    thread = comments.find(opened, key) or abort(404)
    opened.demand("comment", part_of(opened, thread.section))
    return comments.answer(opened, thread, _body(body), tell=tell)


def _body(raw: str) -> str:
    body = tidy(raw)
    if not body:
        raise CannotComment(NO_WORDS)
    if len(raw) > LENGTH:
        raise CannotComment(f"There is room for {LENGTH:,} characters in a comment.")
    return body


def _quote(raw: str) -> Quote | None:
    if not raw:
        return None
    said = _object(raw)
    at, words = said.get("at"), said.get("words")
    if not isinstance(at, int) or not isinstance(words, str) or not (words := tidy(words)):
        raise CannotComment(UNCLEAR)
    if len(words) > QUOTE_LENGTH:
        raise CannotComment(f"These are more than {QUOTE_LENGTH:,} characters. Please choose fewer words.")
    return Quote(f"{said.get('prompt')}", f"{said.get('row') or ''}", at, words)


def _object(raw: str) -> dict[str, Any]:
    try:
        said = json.loads(raw) if len(raw) < 10 * QUOTE_LENGTH else None
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def part_of(opened: Opened, section: str) -> str:
    """The key of the part that a section is in; 404 if there is no such section."""
    try:
        return opened.form.section(section)[0].key
    except KeyError:
        abort(404)
