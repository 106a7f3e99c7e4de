"""The keys: without them nothing starts, nothing readable lies on the disk, and whoever has the database's console, but
not the keys, gets nothing by copying, replacing or resetting.
"""

import base64
import json
import re
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from tests import plans, releases
from tests.cast import PASSWORD, Cast, Someone
from tests.circles import MARKER, Secret, as_person, begin, private_notes, said, writing_as
from tests.conftest import KEY_RING, sign_in
from tests.page import Client
from tests.tables import Tables, past_the_wall
from webapp import clock, keys
from webapp.coaching_sessions import access_log, circles, firewall, records
from webapp.coaching_sessions.models import (
    CircleMember,
    ConfidentialRecord,
    LogEntry,
    Release,
    SealedAnswer,
    SealedRevision,
)
from webapp.confidential import SealedAccount
from webapp.database import Model
from webapp.documents import answers
from webapp.people import accounts, links, passwords
from webapp.people.models import Person

Browsers = Callable[[str], Client]
MakeApp = Callable[..., Flask]
NEW = "a walk along the river"


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """A key file of this test's own."""
    return Path(shutil.copy(KEY_RING, tmp_path / "key_ring.json"))


@pytest.fixture
def app(make_app: MakeApp, database_url: str, ring: Path) -> Flask:
    """The site, with its own key file."""
    return make_app(database_url, KEY_RING=ring)


def kept(app: Flask) -> dict[str, list[tuple[str, ...]]]:
    """Everything in the database."""
    with past_the_wall(), app.extensions["database"].engine.connect() as connection:
        return {
            name: sorted(tuple(map(str, row)) for row in connection.execute(select(table)))
            for name, table in Model.metadata.tables.items()
        }


def run(app: Flask, *words: str) -> Result:
    """One of the site's commands."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words))


# ---------------------------------------------------------------- starting


def a_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


WRONG: dict[str, Callable[[Any], str | None]] = {
    "missing": lambda _right: None,
    "another one": lambda _right: json.dumps({"current": "1", "keys": {"1": a_key()}}),
    "of another name": lambda right: json.dumps({"current": "2", "keys": {"2": right["keys"]["1"]}}),
    "one that was added, without the first": lambda _right: json.dumps({"current": "2", "keys": {"2": a_key()}}),
    "too short a key": lambda right: json.dumps({"current": "1", "keys": {"1": right["keys"]["1"][:20]}}),
    "no base64": lambda _right: json.dumps({"current": "1", "keys": {"1": "ö" * 44}}),
    "no current key": lambda right: json.dumps({"current": "5", "keys": right["keys"]}),
    "no keys": lambda _right: json.dumps({"current": "1", "keys": {}}),
    "a list": lambda _right: "[]",
    "cut off": lambda right: json.dumps(right)[:-9],
    "empty": lambda _right: "",
    "no text at all": lambda _right: "\udcff\udcfe",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_site_refuses_to_start_without_its_keys(
    wrong: str, make_app: MakeApp, app: Flask, cast: Cast, ring: Path
) -> None:
    secret = begin(app, cast, "coach", "teacher")
    url, right = app.config["DATABASE_URL"], ring.read_text()
    before = kept(app)
    put = WRONG[wrong](json.loads(right))
    ring.unlink()
    if put is not None:
        ring.write_bytes(put.encode("utf-8", "surrogateescape"))
    with pytest.raises(keys.NoKeys) as refused:
        make_app(url, KEY_RING=ring)
    assert str(ring) in str(refused.value)
    assert "back" in str(refused.value)
    assert kept(app) == before
    ring.write_text(right)
    again = make_app(url, KEY_RING=ring)
    assert said(again, secret, cast["teacher"].id) == f"{MARKER} of coach"


def test_the_command_that_serves_refuses_too(make_app: MakeApp, app: Flask, cast: Cast, ring: Path) -> None:
    begin(app, cast, "coach", "teacher")
    app.extensions["keys"] = keys.Ring("1", {"1": bytes(32)})
    answer = run(app, "serve")
    assert answer.exit_code != 0
    assert "Put the right key file back" in f"{answer.output} {answer.exception}"


def test_a_new_site_says_how_to_make_its_keys(make_app: MakeApp, empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(keys.NoKeys, match="new-key"):
        make_app(empty_database_url, KEY_RING=tmp_path / "none.json")


def test_the_key_file_is_its_owners_alone(make_app: MakeApp, empty_database_url: str, tmp_path: Path) -> None:
    app = make_app(empty_database_url)
    app.config["KEY_RING"], app.extensions["keys"] = tmp_path / "made" / "ring.json", None
    assert keys.make(app)
    assert (tmp_path / "made" / "ring.json").stat().st_mode & 0o077 == 0
    first = keys.ring(app)
    assert not keys.make(app)
    assert keys.ring(app) == first


# ---------------------------------------------------------------- a new master key


def test_after_the_master_key_is_changed_everything_is_readable(
    make_app: MakeApp, app: Flask, cast: Cast, as_: Browsers, ring: Path
) -> None:
    secret = begin(app, cast, "coach", "teacher")
    notes = private_notes(app, secret, cast["teacher"].id, "Only mine")
    plan = plans.write(app, cast, part1="approved", circle=("coach", "teacher"))
    release = releases.compose(app, cast, plan, as_).release()
    url, old = app.config["DATABASE_URL"], ring.read_text()
    texts = Tables(app).all(select(SealedAnswer.sealed).order_by(SealedAnswer.record_id, SealedAnswer.prompt))
    answer = run(app, "rotate-keys")
    assert answer.exit_code == 0, answer.output
    assert f"Keep a new copy of {ring}" in answer.output
    assert set(Tables(app).all(select(CircleMember.master_key))) == {"2"}
    assert set(Tables(app).all(select(Release.master_key))) == {"2"}
    assert Tables(app).all(select(SealedAnswer.sealed).order_by(SealedAnswer.record_id, SealedAnswer.prompt)) == texts
    again = make_app(url, KEY_RING=ring)
    for site in (app, again):
        assert said(site, secret, cast["teacher"].id) == f"{MARKER} of coach"
        assert read_notes(site, notes, cast["teacher"]) == "Only mine"
        assert releases.WORDS in sign_in(site, cast["principal"]).get(release.out)
        with as_person(site, cast["coach"].id) as db:
            assert access_log.verify(db, secret.record_id, secret.circle_id, secret.public_id).holds
    added = begin(again, cast, "coach", "teacher")
    assert said(again, added, cast["teacher"].id) == f"{MARKER} of coach"
    ring.write_text(old)
    with pytest.raises(keys.NoKeys, match="right key file"):
        make_app(url, KEY_RING=ring)


def test_the_new_key_file_opens_an_old_backup(
    make_app: MakeApp, app: Flask, cast: Cast, ring: Path, tmp_path: Path
) -> None:
    secret = begin(app, cast, "coach", "teacher")
    if app.extensions["database"].engine.dialect.name == "sqlite":
        run(app, "backup", str(tmp_path / "old.db"))
        run(app, "rotate-keys")
        restored = make_app(f"sqlite:///{tmp_path / 'old.db'}", KEY_RING=ring)
        assert said(restored, secret, cast["teacher"].id) == f"{MARKER} of coach"
    else:
        before = Tables(app).all(select(CircleMember).where(CircleMember.circle_id == secret.circle_id))
        run(app, "rotate-keys")
        for row in before:
            one = CircleMember.circle_id == row.circle_id, CircleMember.person_id == row.person_id
            Tables(app).do(update(CircleMember).where(*one).values(wrap=row.wrap, master_key=row.master_key))
        assert said(app, secret, cast["teacher"].id) == f"{MARKER} of coach"


def test_a_key_that_was_tampered_with_is_counted_and_left_alone(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    one = CircleMember.circle_id == secret.circle_id, CircleMember.person_id == cast["coach"].id
    Tables(app).do(update(CircleMember).where(*one).values(wrap=bytes(60)))
    answer = run(app, "rotate-keys")
    assert "1 could not be opened" in answer.output
    assert said(app, secret, cast["teacher"].id) == f"{MARKER} of coach"


# ---------------------------------------------------------------- nothing readable on the disk

PLAIN = f"wallaby{secrets.token_hex(6)}"
SPECIAL = f"wömbat <{secrets.token_hex(6)}> & “naïve” ☃"


def forms_of(marker: str) -> dict[str, bytes]:
    """What a text could look like, if somebody had kept it."""
    raw = marker.encode()
    found = {
        "utf-8": raw,
        "utf-16 little": marker.encode("utf-16-le"),
        "utf-16 big": marker.encode("utf-16-be"),
        "utf-32": marker.encode("utf-32-le"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "in an address": quote(marker).encode(),
        "in a form": quote(marker, safe="").replace("%20", "+").encode(),
        "in json": json.dumps(marker)[1:-1].encode(),
        "in html": marker.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode(),
        "backslashes": raw.decode("latin-1").encode("unicode_escape"),
        "octal": "".join(chr(one) if 32 <= one < 127 else f"\\{one:03o}" for one in raw).encode(),
    }
    for offset in range(3):  # base64 of the text at any place of a longer one
        coded = base64.b64encode(b"\0" * offset + raw)
        start, end = (0, 2, 3)[offset], -4 if (offset + len(raw)) % 3 else None
        found[f"base64 at {offset}"] = coded[start:end]
        found[f"base64 for addresses at {offset}"] = base64.urlsafe_b64encode(b"\0" * offset + raw)[start:end]
    return found


LOOKED_FOR = {
    f"{name} of {marker}": said_so for marker in (PLAIN, SPECIAL) for name, said_so in forms_of(marker).items()
}
ANY = re.compile(b"|".join(re.escape(one) for one in sorted(set(LOOKED_FOR.values()), key=len, reverse=True)))
PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


def readable_in(content: bytes) -> list[bytes]:
    """Every form of a marker in there, also in what is packed in it."""
    found = ANY.findall(content)
    for start in (match.start() for match in PACKED.finditer(content)):
        try:
            found += ANY.findall(zlib.decompressobj(wbits=47).decompress(content[start:], 10_000_000))
        except zlib.error:
            continue
    return found


def hide(marker: str) -> Iterator[tuple[str, bytes]]:
    """The marker in the middle of something, in each form."""
    for name, said_so in forms_of(marker).items():
        if not name.startswith("base64"):
            yield name, b"\0before " + said_so + b" after\xff"
    for before in (b"", b"a", b"ab", b"abc"):
        whole = before + marker.encode() + b" after"
        yield f"base64 after {len(before)}", base64.b64encode(whole)
        yield f"base64 for addresses after {len(before)}", base64.urlsafe_b64encode(whole)
    yield "zlib", b"junk" + zlib.compress(b"before " + marker.encode()) + b"junk"
    yield "zlib, hard", b"\x78\x9c" + zlib.compress(marker.encode() * 9, 9)
    yield "gzip", b"\x1f\x8b" + zlib.compress(marker.encode(), wbits=31)


@pytest.mark.parametrize("marker", [PLAIN, SPECIAL], ids=["plain", "special"])
def test_the_search_finds_what_is_hidden(marker: str) -> None:
    missed = [name for name, hidden in hide(marker) if not readable_in(hidden)]
    assert missed == []
    assert not readable_in(b"nothing of it: wallab wombat " + bytes(range(256)) * 9)


def fill(app: Flask, cast: Cast, as_: Browsers) -> None:
    """Everything confidential that there is, full of markers, typed into the pages too, some of it changed and set aside."""
    words = f"{PLAIN} and {SPECIAL}"
    secret = begin(app, cast, "coach", "teacher")
    with writing_as(app, cast["teacher"].id) as db:
        session = records.find("session", secret.public_id, cast["teacher"].id)
        assert session is not None
        for prompt in ("agenda", "shared_notes", "place"):
            answers.save(session, [answers.Typed(prompt, words, 0)])
        answers.add_row(session, "evidence", {"at": "09:10", "seen": words, "belongs_to": ""})
        answers.add_row(session, "debrief_questions", {"debrief_question": words})
        answers.save(session, [answers.Typed("agenda", f"{words} changed", 1)])
        answers.save(session, [answers.Typed("agenda", f"{words} set aside", 1)], page="another")
        access_log.opened(db, session.id, session.circle_id, "opened")
    private_notes(app, secret, cast["teacher"].id, words)
    here = f"/sessions/{secret.public_id}"
    for who, text_typed in (("coach", words), ("teacher", f"{words}, but from an older page")):
        as_(who).answer(f"{here}/answers/focus", {"v.focus": "1", "focus": text_typed, "page": who})
    as_("principal").answer(f"{here}/answers/focus", {"v.focus": "1", "focus": words})
    as_("coach").answer(f"{here}/write")
    plan = plans.write(app, cast, part1="approved", circle=("coach", "teacher"))
    release = releases.compose(app, cast, plan, as_)
    release.write("coach", release_heading=PLAIN, release_words=words, note_to_reader=words)
    release.release()
    assert words in as_("principal").get(release.out).text
    draft = releases.compose(app, cast, plan, as_)
    draft.write("coach", release_words=words)


def dump(app: Flask) -> Iterator[tuple[str, bytes]]:
    """Every table as text, and on PostgreSQL in its own formats for dumps."""
    with past_the_wall(), app.extensions["database"].engine.connect() as connection:
        for name, table in Model.metadata.tables.items():
            rows = connection.execute(select(table)).all()
            raw = [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
            yield f"table {name}", b"\n".join(raw)
            if connection.dialect.name == "postgresql":
                cursor = connection.connection.cursor()
                for kind in ("text", "binary"):
                    with cursor.copy(f"COPY {name} TO STDOUT (FORMAT {kind})") as copied:
                        yield f"{kind} copy of {name}", b"".join(bytes(piece) for piece in copied)


def files_of(app: Flask, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in the instance folder, and on PostgreSQL what the server keeps of the database, its log included."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    engine = app.extensions["database"].engine
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("CHECKPOINT"))
            data = Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))
            number = connection.execute(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            ).scalar_one()
        try:
            kept_there = [
                *(data / "base" / str(number)).iterdir(),
                *(data / "pg_wal").glob("0*"),
                *data.parent.glob("log"),
            ]
        except PermissionError:  # a server that is not ours
            return
        for path in kept_there:
            yield f"postgresql {path.name}", path.read_bytes()


def test_nothing_readable_lies_on_the_disk(
    make_app: MakeApp, templates: Any, tmp_path: Path, cast: Cast, app: Flask
) -> None:
    if templates.kind.name == "sqlite":
        path = tmp_path / "accord.db"
        shutil.copyfile(app.extensions["database"].engine.url.database, path)
        app = make_app(f"sqlite:///{path}", KEY_RING=tmp_path / "key_ring.json")
    fill(app, cast, lambda key: sign_in(app, cast[key]))
    backup = run(app, "backup", str(tmp_path / "backup.db"))
    if templates.kind.name == "sqlite":
        assert backup.exit_code == 0, backup.output
        assert {"accord.db", "accord.db-wal", "backup.db"} <= {path.name for path in tmp_path.iterdir()}
    everything = [*files_of(app, tmp_path), *dump(app)]
    assert sum(len(content) for _, content in everything) > 100_000
    assert [(name, found[:2]) for name, content in everything if (found := readable_in(content))] == []
    planted = tmp_path / "planted.log"
    planted.write_text(f"ERROR could not save {SPECIAL}")
    assert any(readable_in(content) for _, content in files_of(app, tmp_path))


# ---------------------------------------------------------------- with the database's console, without the keys


@dataclass(frozen=True)
class Attack:
    """Somebody who sees and changes every table, and has an account and a session of their own."""

    app: Flask
    cast: Cast
    secret: Secret  # of the coach and the teacher
    own: Secret  # of the attacker and another one

    @property
    def me(self) -> Someone:
        """The attacker."""
        return self.cast["other_coach"]

    def do(self, statement: Any, rows: Any = None) -> None:
        """On the console."""
        Tables(self.app).do(statement, rows)

    def one(self, statement: Any) -> Any:
        """What stands there."""
        return Tables(self.app).one(statement)

    def answer(self, secret: Secret, prompt: str = "focus") -> SealedAnswer:
        """A sealed answer."""
        here = SealedAnswer.record_id == secret.record_id, SealedAnswer.prompt == prompt
        found: SealedAnswer = self.one(select(SealedAnswer).where(*here))
        return found

    def member(self, secret: Secret, person_id: int) -> CircleMember:
        """A row of a member."""
        here = CircleMember.circle_id == secret.circle_id, CircleMember.person_id == person_id
        found: CircleMember = self.one(select(CircleMember).where(*here))
        return found

    def password_of(self, person_id: int) -> str:
        """The kept password."""
        return str(self.one(select(Person.password_hash).where(Person.id == person_id)))

    def join(self, like: CircleMember, **values: Any) -> None:
        """Put oneself into the coach's circle with somebody's row."""
        names = ("wrap", "master_key", "bound_to", "joined_at", "added_by_id", "opened_at", "witness")
        row = {"circle_id": self.secret.circle_id, "person_id": self.me.id}
        row |= {name: getattr(like, name) for name in names} | values
        self.do(insert(CircleMember).values(**row))


def copy_a_text_to_another_row(attack: Attack) -> Secret:
    sealed = attack.answer(attack.secret).sealed
    focus = SealedAnswer.record_id == attack.own.record_id, SealedAnswer.prompt == "focus"
    attack.do(update(SealedAnswer).where(*focus).values(sealed=sealed))
    return attack.own


def copy_a_text_within_its_record(attack: Attack) -> Secret:
    focus = attack.answer(attack.own)
    values = {"record_id": focus.record_id, "prompt": "agenda", "row": "", "circle_id": focus.circle_id}
    attack.do(
        insert(SealedAnswer).values(
            sealed=focus.sealed,
            version=1,
            changed_by_id=attack.me.id,
            changed_at=focus.changed_at,
            position=0,
            **values,
        )
    )
    return attack.own


def move_the_record_into_ones_own_circle(attack: Attack) -> Secret:
    for model, key in (
        (SealedAnswer, SealedAnswer.record_id),
        (ConfidentialRecord, ConfidentialRecord.id),
        (LogEntry, LogEntry.record_id),
    ):
        attack.do(update(model).where(key == attack.secret.record_id).values(circle_id=attack.own.circle_id))
    return attack.secret


def copy_a_members_key(attack: Attack) -> Secret:
    attack.join(attack.member(attack.secret, attack.cast["coach"].id))
    return attack.secret


def copy_a_members_key_and_bind_it(attack: Attack) -> Secret:
    mine = keys.credential(attack.password_of(attack.me.id))
    attack.join(attack.member(attack.secret, attack.cast["coach"].id), bound_to=mine)
    return attack.secret


def copy_a_members_key_and_password(attack: Attack) -> Secret:
    attack.join(attack.member(attack.secret, attack.cast["coach"].id))
    attack.do(
        update(Person)
        .where(Person.id == attack.me.id)
        .values(password_hash=attack.password_of(attack.cast["coach"].id))
    )
    return attack.secret


def make_oneself_a_member(attack: Attack) -> Secret:
    attack.join(attack.member(attack.own, attack.me.id))
    return attack.secret


def make_oneself_a_member_in_anothers_place(attack: Attack) -> Secret:
    here = CircleMember.circle_id == attack.secret.circle_id, CircleMember.person_id == attack.cast["coach"].id
    attack.do(update(CircleMember).where(*here).values(person_id=attack.me.id))
    return attack.secret


ATTACKS = [
    copy_a_text_to_another_row,
    copy_a_text_within_its_record,
    move_the_record_into_ones_own_circle,
    copy_a_members_key,
    copy_a_members_key_and_bind_it,
    copy_a_members_key_and_password,
    make_oneself_a_member,
    make_oneself_a_member_in_anothers_place,
]


@pytest.fixture
def attack(app: Flask, cast: Cast) -> Attack:
    secret = begin(app, cast, "coach", "teacher")
    own = begin(app, cast, "other_coach", "other_teacher", school="lincoln", principal="other_principal")
    return Attack(app, cast, secret, own)


@pytest.mark.parametrize("go", ATTACKS, ids=lambda go: str(go.__name__))
def test_what_is_copied_by_the_console_stays_sealed(attack: Attack, go: Callable[[Attack], Secret]) -> None:
    there = go(attack)
    with pytest.raises((keys.Unreadable, SealedAccount)):
        said(attack.app, there, attack.me.id)
    browser = sign_in(attack.app, attack.me)
    for page in ("write", "print", "history/focus", "log", "who"):
        code, shown = browser.answer(f"/sessions/{there.public_id}/{page}")
        assert code in (403, 404, 409) or page not in ("write", "print")
        assert f"{MARKER} of coach" not in shown


def test_an_attack_without_any_copying_reads_ones_own(attack: Attack) -> None:
    assert said(attack.app, attack.own, attack.me.id) == f"{MARKER} of other_coach"
    code, _ = sign_in(attack.app, attack.me).answer(f"/sessions/{attack.own.public_id}/print")
    assert code == 200


@pytest.mark.parametrize("with_history", [False, True])
def test_an_older_text_put_back_is_not_taken_for_the_newest(attack: Attack, with_history: bool) -> None:
    reader, older = attack.cast["teacher"].id, attack.answer(attack.secret)
    with writing_as(attack.app, attack.cast["coach"].id):
        opened = records.find("session", attack.secret.public_id, attack.cast["coach"].id)
        assert opened is not None
        answers.save(opened, [answers.Typed("focus", "The newest", older.version)])
    assert said(attack.app, attack.secret, reader) == "The newest"
    here = SealedAnswer.record_id == attack.secret.record_id, SealedAnswer.prompt == "focus"
    attack.do(update(SealedAnswer).where(*here).values(sealed=older.sealed, version=older.version))
    if with_history:  # then nothing in the database tells; the promise says so
        past = SealedRevision.record_id == attack.secret.record_id, SealedRevision.version > older.version
        attack.do(delete(SealedRevision).where(*past))
        assert said(attack.app, attack.secret, reader) == f"{MARKER} of coach"
    else:
        with pytest.raises(keys.Unreadable):
            said(attack.app, attack.secret, reader)
        code, shown = sign_in(attack.app, attack.cast["teacher"]).answer(f"/sessions/{attack.secret.public_id}/write")
        assert code == 409
        assert MARKER not in shown


def test_nobody_is_confirmed_who_was_only_written_in(attack: Attack) -> None:
    attack.join(attack.member(attack.own, attack.me.id), bound_to="somebody else's")
    with writing_as(attack.app, attack.cast["coach"].id) as db:
        assert not firewall.confirm_in_person(db, attack.me.id)
    with pytest.raises((keys.Unreadable, SealedAccount)):
        said(attack.app, attack.secret, attack.me.id)


def test_nobody_is_let_in_again_who_was_never_shut_out(attack: Attack) -> None:
    now = clock.now()
    attack.join(attack.member(attack.own, attack.me.id), wrap=None, closed_at=now)
    for who in ("coach", "teacher"):
        with writing_as(attack.app, attack.cast[who].id) as db:
            assert not firewall.let_in_again(db, attack.secret.record_id, attack.secret.circle_id, attack.me.id)
    assert said(attack.app, attack.secret, attack.me.id) is None


# ---------------------------------------------------------------- passwords that were replaced or reset


def signed_in_with(app: Flask, someone: Someone, password: str) -> Client:
    """A browser that went in by the front door."""
    client = Client(app)
    client.post("/sign-in", {"email": someone.email, "password": password}, status=303, follow=False)
    return client


@pytest.mark.parametrize("bound", [False, True], ids=["replaced", "replaced, and what the key is bound to"])
def test_a_password_replaced_on_the_console_opens_nothing(attack: Attack, bound: bool) -> None:
    mine, coach = passwords.hashed(NEW), attack.cast["coach"]
    attack.do(update(Person).where(Person.id == coach.id).values(password_hash=mine))
    if bound:
        attack.do(update(CircleMember).where(CircleMember.person_id == coach.id).values(bound_to=keys.credential(mine)))
    browser = signed_in_with(attack.app, coach, NEW)
    for page in ("write", "print", "history/focus", "log"):
        code, shown = browser.answer(f"/sessions/{attack.secret.public_id}/{page}")
        assert code in (403, 404, 409), page
        assert MARKER not in shown
    with pytest.raises((keys.Unreadable, SealedAccount)):
        said(attack.app, attack.secret, coach.id)
    assert said(attack.app, attack.secret, attack.cast["teacher"].id) == f"{MARKER} of coach"


def read_notes(app: Flask, notes: records.OpenRecord, someone: Someone) -> str | None:
    """What somebody reads in their private notes."""
    with as_person(app, someone.id):
        found = records.find("private_notes", notes.public_id, someone.id)
        if found is None:
            return None
        (prompt, *_) = found.form.parts[0].prompts()
        return str(answers.readable(found).of(prompt.name).value)


def reset_by_an_administrator(app: Flask, someone: Someone) -> None:
    """An administrator makes a link, opens it, and chooses a password."""
    with app.test_request_context():
        link = links.find(links.make(someone.id, "reset").rpartition("/")[2])
        assert link is not None
        accounts.take_up(link, NEW, browser="the administrator's")


def test_an_account_reset_by_an_administrator_is_sealed(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    notes = private_notes(app, secret, cast["coach"].id, f"{MARKER}, only mine")
    here = f"/sessions/{secret.public_id}"
    reset_by_an_administrator(app, cast["coach"])
    browser = signed_in_with(app, cast["coach"], NEW)
    for address in (
        f"{here}/write",
        f"{here}/print",
        f"{here}/log",
        f"{here}/who",
        f"{here}/history/focus",
        f"/notes/{notes.public_id}/write",
    ):
        code, shown = browser.answer(address)
        assert code in (403, 404), address
        assert MARKER not in shown
    for address in ("/", f"/sessions/{secret.public_id}"):
        assert MARKER not in browser.answer(address)[1]
    code, _ = browser.answer(f"{here}/answers/focus", {"v.focus": "1", "focus": "By the administrator"})
    assert code == 403
    with pytest.raises(SealedAccount), writing_as(app, cast["coach"].id) as db:
        circles.leave(db, secret.circle_id, cast["teacher"].id)
    assert said(app, secret, cast["teacher"].id) == f"{MARKER} of coach"
    assert ("", "sealed", cast["coach"].name) in lines(app, secret, cast["teacher"])

    with writing_as(app, cast["coach"].id) as db, pytest.raises(SealedAccount):
        circles.confirm(db, cast["coach"].id)
    with writing_as(app, cast["outsider"].id) as db:
        assert not firewall.confirm_in_person(db, cast["coach"].id)
    with writing_as(app, cast["teacher"].id) as db:
        assert firewall.confirm_in_person(db, cast["coach"].id)
    assert said(app, secret, cast["coach"].id) == f"{MARKER} of coach"
    assert read_notes(app, notes, cast["coach"]) == f"{MARKER}, only mine"
    assert browser.answer(f"{here}/write")[0] == 200
    assert (cast["teacher"].name, "confirmed", cast["coach"].name) in lines(app, secret, cast["teacher"])
    assert read_notes(app, notes, cast["teacher"]) is None


def lines(app: Flask, secret: Secret, reader: Someone) -> list[tuple[str, str, str]]:
    """The log as a member reads it."""
    with as_person(app, reader.id) as db:
        found = access_log.lines(db, secret.record_id, secret.public_id)
        assert access_log.verify(db, secret.record_id, secret.circle_id, secret.public_id).holds
        return [(line.who, line.act, line.about) for line in found]


def test_who_changes_their_own_password_with_the_old_one_goes_on_reading(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    notes = private_notes(app, secret, cast["coach"].id, "Only mine")
    browser = signed_in_with(app, cast["coach"], PASSWORD)
    page = browser.get("/account").form(button="Change my password")
    page.submit({"current_password": PASSWORD, "new_password": NEW})
    assert said(app, secret, cast["coach"].id) == f"{MARKER} of coach"
    assert read_notes(app, notes, cast["coach"]) == "Only mine"
    assert lines(app, secret, cast["teacher"])[0][1] != "sealed"


def test_two_that_are_both_sealed_cannot_confirm_each_other(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    for key in ("coach", "teacher"):
        reset_by_an_administrator(app, cast[key])
    with writing_as(app, cast["teacher"].id) as db, pytest.raises(SealedAccount):
        firewall.confirm_in_person(db, cast["coach"].id)
    for key in ("coach", "teacher"):
        with pytest.raises(SealedAccount):
            said(app, secret, cast[key].id)


def test_a_credential_tells_nothing_of_the_password() -> None:
    one = keys.credential("a kept hash")
    assert one != keys.credential("another kept hash")
    assert one != sha256(b"a kept hash").hexdigest()
    assert keys.credential(None) == ""
