"""Passwords: how they are kept, checked and what makes one too easy to guess."""

from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .refusal import Refused

SHORTEST = 10
PASSWORD_HINT = f"At least {SHORTEST} characters. A few words in a row are easy to remember and hard to guess."

# The most common passwords that are long enough to pass the length rule.
COMMON = frozenset(
    """
    0123456789 1234567890 12345678910 123456789a 1234567891 0987654321 9876543210 1q2w3e4r5t
    1qaz2wsx3edc q1w2e3r4t5 qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl123 abcdefghij abcdefg123
    abcd123456 abc123456789 password10 password11 password12 password123 password1234 password12345 passw0rd123
    mypassword mypassword1 passwordpassword
    changeme123 changeme1234 welcome123 welcome1234 welcome2025 welcome2026 letmein123 letmein1234
    iloveyou12 iloveyou123 sunshine123 princess123 football123 baseball123 basketball superman123 michael123 jordan23456
    administrator administrator1
    teacher123 teacher1234 principal123 student123 schoolschool school1234 classroom1 classroom123
    spring2026 summer2025 summer2026 autumn2026 winter2025 winter2026 q1w2e3r4t5y6 zaq12wsxcde trustno123 starwars123
    """.split()  # noqa: SIM905 - a list of a hundred quoted words reads worse
)

_hasher = PasswordHasher()
_one_at_a_time = Lock()  # each check takes 64 MiB and both cores: more at once gain nothing
_nobody = _hasher.hash("no account has this password")


def hashed(password: str) -> str:
    """The form in which a password is kept."""
    with _one_at_a_time:
        return _hasher.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password. It takes as long for someone who has none or is unknown."""
    with _one_at_a_time:
        try:
            _hasher.verify(kept or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether this password was kept in an older way and should be kept anew."""
    return _hasher.check_needs_rehash(kept)


def demand_good(password: str, *, name: str, email: str, field: str = "password") -> None:
    """Refuse a password that is short or among the first that anyone would try."""
    if len(password) < SHORTEST:
        raise Refused(
            f"This password is too short. Please use at least {SHORTEST} characters; a few words in a row work well.",
            field=field,
        )
    plain = "".join(password.casefold().split())
    own = {email, email.partition("@")[0], "".join(name.casefold().split())}
    if plain in own:
        raise Refused("Your name or e-mail is too easy to guess. Please choose something else.", field=field)
    if plain in COMMON or len(set(plain)) < 4:
        raise Refused("This password is one of the first that anyone would try. Please choose another.", field=field)
