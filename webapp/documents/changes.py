"""What has changed in something opened since a page was drawn: only for those who may look back there, part by part.

Where a page stands is a token (`since`) that only the page itself or an answer to it gives: who has it has opened the record,
which stands in its log, and learns nothing from it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from flask import current_app
from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode
from markupsafe import escape

from ..access import Opened, PartStanding
from ..forms.declaration import DocumentForm, Part
from ..forms.kinds import Prompt, Rows
from . import presence, stencils, text_saves, texts_that_met
from .keeping import Changed, Keeper, keeper
from .presence import Here, Look
from .text_operations import Typing, length_after, length_before
from .texts_that_met import BothWrote

Since = dict[str, list[Any]]  # part → its version, how often something beside its answers has changed, its state


def _signer() -> TimestampSigner:
    return _signer_with(str(current_app.config["SECRET_KEY"]))


@lru_cache(4)
def _signer_with(secret_key: str) -> TimestampSigner:
    return TimestampSigner(secret_key, salt="changes since")


def stand(opened: Opened) -> Since:
    """Where the parts stand in which the reader may look back."""
    return stands({part.key: opened.parts[part.key] for part in opened.parts_i_may("history")})


def stands(parts: Mapping[str, PartStanding | Any]) -> Since:
    """The same of parts that were looked up."""
    return {
        key: [part.version, part.around, f"{part.state} {part.reviewed:d}{part.agreed:d}"]
        for key, part in parts.items()
    }


@dataclass(frozen=True)
class Known:
    """What a page knows: where the parts stood, the parts that it has boxes for (`writes`), and its last look at who is here
    (presence.stamp); "" for none yet."""

    stands: Since
    writes: list[str]
    stamp: str = ""


def known(opened: Opened, seen: Look | str = "") -> Known:
    """What a page knows that is drawn or brought up to date now. `seen`: whom it shows, or what it kept of that."""
    stamp = seen if isinstance(seen, str) else presence.stamp(opened, seen)
    return Known(stand(opened), [part.key for part in opened.parts_i_may("write")], stamp)


def token(opened: Opened, knows: Known) -> str:
    """The same for the page to keep."""
    return signed([opened.address, opened.reader_id, knows.stands, knows.writes, knows.stamp])


def signed(said: list[Any]) -> str:
    """A token; not compressed, since its length would tell of what is sealed in it."""
    return _signer().sign(base64_encode(json.dumps(said))).decode()


def read(opened: Opened, raw: str) -> Known | None:
    """What a page of this reader knew; None if this is no token of such a page."""
    hours = int(current_app.config["SIGN_IN_HOURS"])
    try:
        said = _signer().unsign(raw, max_age=hours * 3600)
        address, reader_id, *knows = json.loads(base64_decode(said))
        found = Known(*knows)
    except (BadData, ValueError, TypeError):  # ValueError: of a page that the site drew before its upgrade
        return None
    return found if (address, reader_id) == (opened.address, opened.reader_id) else None


@dataclass(frozen=True)
class TextNews:
    """What was done to one text, for a page on which it is typed. `by`: who was last, but for the reader. `fills`: the page
    is to ask how far the sections are, some time soon: not all pages at once."""

    prompt: Prompt
    changes: list[text_saves.Change]
    last: Changed
    by: str
    fills: bool = False

    def __html__(self) -> str:
        """As the page reads it: built here, and once for all who are told the same, because nothing is sent as often."""
        return self._drawn

    @cached_property
    def _drawn(self) -> str:
        said = escape(json.dumps(self.changes))
        by = f"{escape(self.by)} wrote here, {_when(self.last.at)}" if self.by else ""
        fills = " data-fills" if self.fills else ""
        return f'<p data-text="{self.prompt.name}" data-version="{self.last.version}" data-changes="{said}"{fills}>{by}</p>'


def _when(moment: datetime) -> str:
    return str(stencils.macros("macros.html").module.when(moment))  # type: ignore[attr-defined]


@dataclass
class News:
    """What a page is to show anew."""

    texts: list[TextNews] = field(default_factory=list)
    prompts: dict[str, Changed | None] = field(default_factory=dict)  # with the last change, if it was one of its words
    met: list[BothWrote] = field(default_factory=list)  # where the reader and somebody else replaced the same words
    filled: list[type[Part]] = field(default_factory=list)  # something was filled in or emptied
    parts: list[type[Part]] = field(default_factory=list)
    around: list[type[Part]] = field(default_factory=list)  # comments, agreements, decisions
    here: list[Here] | None = None  # everybody who is here, if that has changed

    @property
    def is_light(self) -> bool:
        """Whether there is nothing but what others typed, and who is here."""
        return not (self.prompts or self.met or self.filled or self.parts or self.around)


def drawn(form: type[DocumentForm], news: News, since: str) -> str:
    """What others typed and who is here, as documents/_changes.html has it."""
    texts = "".join(one.__html__() for one in news.texts)
    here = "" if news.here is None else presence.Drawn(form, news.here).__html__()
    return f'<div id="changes" data-since="{escape(since)}">{here}{texts}</div>'


def since(opened: Opened, then: Since, page: str = "", *, outline: bool = False) -> News:
    """Everything that has changed in the parts in which the reader may look back.

    `page`: the open page that asks. What it saved itself it shows already, and who typed there would lose their place.
    `outline`: it wants to know how far the sections are.
    """
    keeps, news = keeper(opened), News()
    if outline:
        news.filled += opened.parts_i_may("history")
    for part in opened.parts_i_may("history"):
        here, before = opened.parts[part.key], then.get(part.key, [0, 0])
        if stands({"": here})[""] == before:
            continue
        if stands({"": here})[""][1:] != before[1:]:
            news.parts.append(part)
        lists = [prompt for prompt in part.prompts() if isinstance(prompt, Rows)]
        if here.around != before[1]:
            news.around.append(part)
        changed = keeps.changed(part.key, before[0])
        if here.around != before[1] or not changed:  # rows that were moved say what they said
            news.prompts.update((prompt.name, None) for prompt in lists)
        _changed(news, opened, keeps, part, changed, page)
    return news


def _changed(
    news: News, opened: Opened, keeps: Keeper, part: type[Part], changed: Iterable[Changed], page: str
) -> None:
    writes = opened.may("write", part.key)
    asked = {prompt.name: prompt for prompt in part.prompts()}  # other things are kept beside the answers to these
    known = sorted((one for one in changed if one.prompt in asked), key=lambda one: one.prompt)
    if part not in news.filled and any(_fills(asked[one.prompt], one) for one in known):
        news.filled.append(part)
    for name, found in groupby(known, key=lambda one: one.prompt):
        prompt, all_of = asked[name], list(found)
        if writes and prompt.is_typed and not prompt.fixed:
            news.texts.append(_news(opened.reader_id, prompt, _text(opened, keeps, all_of), all_of[-1]))
            if met := texts_that_met.told(opened, prompt, all_of):
                news.met.append(met)
        elif not page or any((one.by_id, one.page) != (opened.reader_id, page) for one in all_of):
            news.prompts[name] = all_of[-1]


def _fills(prompt: Prompt, one: Changed) -> bool:
    """Whether something may stand now where nothing stood, or the other way round."""
    typing = one.typing if prompt.is_typed else None
    return typing is None or not (length_before(typing.operation) and length_after(typing.operation))


def _text(opened: Opened, keeps: Keeper, changed: list[Changed]) -> list[text_saves.Change]:
    typed = [(one, one.typing) for one in changed if one.typing is not None]
    if len(typed) == len(changed):
        return [_as_read(opened.reader_id, one, typing) for one, typing in typed]
    base = changed[0].version - 1  # written before operations were kept
    begun = text_saves.ground(keeps.since(changed[0].prompt, "", base), base) or text_saves.Ground("")
    return text_saves.changes(begun, opened.reader_id)


def texts(part: type[Part], changed: Iterable[Changed], reader_id: int = 0) -> list[TextNews] | None:
    """What was done to the texts of a part, for the pages of all who write there, or, where the reader has done some of it
    themselves, of theirs; None if something else has changed, too."""
    asked, found = {prompt.name: prompt for prompt in part.prompts()}, list[TextNews]()
    known = sorted((one for one in changed if one.prompt in asked), key=lambda one: one.prompt)
    for name, of_prompt in groupby(known, key=lambda one: one.prompt):
        prompt, all_of = asked[name], list(of_prompt)
        said = [_as_read(reader_id, one, one.typing) for one in all_of if one.typing is not None]
        met = any(text_saves.met_since(one.key) is not None for one in all_of)  # each of the two is told something else
        if not prompt.is_typed or prompt.fixed or met or len(said) < len(all_of):
            return None
        fills = any(_fills(prompt, one) for one in all_of)
        found.append(replace(_news(reader_id, prompt, said, all_of[-1]), fills=fills))
    return found


def _as_read(reader_id: int, one: Changed, typing: Typing) -> text_saves.Change:
    return text_saves.change(one.version, typing, (one.key or "") if one.by_id == reader_id else "")


def _news(reader_id: int, prompt: Prompt, said: list[text_saves.Change], last: Changed) -> TextNews:
    return TextNews(prompt, said, last, "" if last.by_id == reader_id else last.by)
