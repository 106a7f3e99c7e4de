"""What changed between two texts: nothing of either is lost in showing it, and no pair of texts takes long."""

import random
import time

from webapp.documents.differences import Piece, both, by_words

WORDS = ["the", "and", "to", "of", "a", *(f"word{number}" for number in range(400))]


def long_text(chance: random.Random) -> list[str]:
    return [chance.choice(WORDS) for _ in range(1400)]


def test_changed_words_stand_between_those_that_stayed() -> None:
    assert by_words("We meet on Monday after school.", "We meet on Friday after school.") == [
        Piece("same", "We meet on "),
        Piece("removed", "Monday"),
        Piece("added", "Friday"),
        Piece("same", " after school."),
    ]


def test_where_little_stayed_the_whole_texts_are_shown() -> None:
    assert by_words("One two three", "Something else entirely") == [
        Piece("removed", "One two three"),
        Piece("added", "Something else entirely"),
    ]


def test_both_texts_can_be_read_from_the_pieces() -> None:
    chance = random.Random(1)
    for _ in range(200):
        old = "".join(chance.choice(["a", "b", " ", ". ", "\n", "word"]) for _ in range(chance.randrange(30)))
        new = "".join(character for character in old if chance.random() < 0.8)
        pieces = by_words(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_long_texts_that_differ_everywhere_are_compared_at_once() -> None:
    words = long_text(random.Random(2))
    other = [f"new{index}" if index % 12 == 0 else word for index, word in enumerate(words)]
    started = time.thread_time()
    pieces = by_words(" ".join(words), " ".join(other))
    assert time.thread_time() - started < 2
    assert sum(piece.kind == "added" for piece in pieces) > 100


def test_long_runs_of_one_sign_are_put_together_at_once() -> None:
    started = time.thread_time()
    for run in (" ", ".", "?!"):
        base = f"a{run * 6000}b"
        assert both(base, f"{base} theirs", base) == f"{base} theirs"
    assert time.thread_time() - started < 2


def test_texts_too_long_to_put_together_both_stand() -> None:
    chance = random.Random(3)
    base = [chr(0x100 + chance.randrange(110)) for _ in range(9000)]
    theirs, mine = (" ".join(chance.sample(base, len(base))) for _ in range(2))
    started = time.thread_time()
    assert both(" ".join(base), theirs, mine) == f"{theirs} {mine}"
    assert time.thread_time() - started < 2
