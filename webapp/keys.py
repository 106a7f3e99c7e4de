"""The keys: a ring of master keys in a file of its own, data keys wrapped with them, texts sealed with those.

AES-256-GCM throughout (NIST SP 800-38D), with a random nonce of 96 bits. Whatever is sealed is bound to its place by
the additional data: copied elsewhere, it cannot be opened. The ring is never in the database nor in a backup of it.
"""

import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

NONCE = 12  # bytes
KEY = 32  # bytes: AES-256
PROOF = b"the master key of this site"

MISSING = (
    "Accord has no master keys, so it will not start. Run `flask --app wsgi new-key` once for a new site. For a site that "
    "has been used, put its key file ({path}) back from where you keep it: without it confidential records stay closed."
)
WRONG = (
    "The master keys in {path} are not those of this database, so Accord will not start. Put the right key file back: "
    "with another one confidential records stay closed. Nothing was changed."
)


class Unreadable(Exception):
    """This cannot be opened with this key at this place: it was copied, changed, or is somebody else's."""


class NoKeys(RuntimeError):
    """The ring is missing or not this database's; the message says what to do."""


@dataclass(frozen=True)
class Ring:
    """The master keys by name; the current one wraps, all of them unwrap."""

    current: str
    keys: dict[str, bytes]

    def key(self, name: str) -> bytes:
        """One key; Unreadable if the ring has none of this name."""
        try:
            return self.keys[name]
        except KeyError:
            raise Unreadable from None

    def for_use(self, name: str, use: str) -> bytes:
        """A key for one other use, made from a master key."""
        return hmac_digest(self.key(name), f"accord {use}".encode(), "sha256")


# ---------------------------------------------------------------- the ring in its file


def ring_file(app: Flask) -> Path:
    """Where the ring is: setting KEY_RING, or instance/key_ring.json."""
    return Path(str(app.config["KEY_RING"])) if app.config["KEY_RING"] else Path(app.instance_path) / "key_ring.json"


def load(app: Flask) -> None:
    """Read the ring, if there is one. NoKeys if the file is there but holds no keys."""
    path = ring_file(app)
    app.extensions["keys"] = _read(path) if path.exists() else None


def _read(path: Path) -> Ring:
    try:
        kept = json.loads(path.read_text())
        found = {name: b64decode(key, validate=True) for name, key in kept["keys"].items()}
        current = kept["current"]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise NoKeys(WRONG.format(path=path)) from error
    if current not in found or any(len(key) != KEY for key in found.values()):
        raise NoKeys(WRONG.format(path=path))
    return Ring(current, found)


def make(app: Flask) -> bool:
    """Give this site its ring, unless it has one; whether one was made."""
    if app.extensions["keys"] is not None:
        return False
    _write(app, Ring("1", {"1": secrets.token_bytes(KEY)}))
    return True


def add(app: Flask) -> Ring:
    """Put a new key on the ring and make it the current one; the older ones stay, to open what they closed."""
    known = ring(app)
    name = str(1 + max(int(name) for name in known.keys))
    _write(app, Ring(name, known.keys | {name: secrets.token_bytes(KEY)}))
    return ring(app)


def _write(app: Flask, made: Ring) -> None:
    path = ring_file(app)
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"current": made.current, "keys": {name: b64encode(key).decode() for name, key in made.keys.items()}}
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(said, indent=1))
    beside.replace(path)
    app.extensions["keys"] = made


def ring(app: Flask | None = None) -> Ring:
    """The ring of the current app; NoKeys without one."""
    here = app or current_app
    found: Ring | None = here.extensions["keys"]
    if found is None:
        raise NoKeys(MISSING.format(path=ring_file(here)))
    return found


# ---------------------------------------------------------------- sealing


def seal(key: bytes, text: bytes, *place: object) -> bytes:
    """A text that opens only with this key at this place."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, _bound(place))


def unseal(key: bytes, sealed: bytes, *place: object) -> bytes:
    """The text again; Unreadable with another key or at another place."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], _bound(place))
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def _bound(place: tuple[object, ...]) -> bytes:
    return json.dumps([str(one) for one in place]).encode()


# ---------------------------------------------------------------- data keys


def new_data_key() -> bytes:
    """A key for the texts of one circle."""
    return secrets.token_bytes(KEY)


def wrap(data_key: bytes, *, circle_id: int, person_id: int, bound_to: str) -> tuple[str, bytes]:
    """A data key closed for one member and bound to their credentials; with the name of the master key that did it."""
    name = ring().current
    return name, seal(ring().key(name), data_key, "wrap", circle_id, person_id, bound_to)


def unwrap(name: str, wrapped: bytes, *, circle_id: int, person_id: int, bound_to: str) -> bytes:
    """The data key; Unreadable for anybody else, in any other circle, with other credentials."""
    return unseal(ring().key(name), wrapped, "wrap", circle_id, person_id, bound_to)


def credential(password_hash: str | None) -> str:
    """What a wrap is bound to: changes with the password, tells nothing of it. "" without a password."""
    return sha256(b"accord credential " + password_hash.encode()).hexdigest() if password_hash else ""


def same(one: bytes, other: bytes) -> bool:
    """Whether two digests are the same, taking as long either way."""
    return compare_digest(one, other)


# ---------------------------------------------------------------- whether they are this database's


def proof(name: str) -> bytes:
    """What the database keeps to recognize a master key by."""
    return seal(ring().key(name), PROOF, "proof", name)


def proves(name: str, kept: bytes) -> bool:
    """Whether the ring has the master key that made this proof."""
    try:
        return unseal(ring().key(name), kept, "proof", name) == PROOF
    except Unreadable:
        return False
