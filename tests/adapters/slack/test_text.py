"""Text from outside: escaped, short, and with nothing hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.adapters.slack import text

ANY = st.text(st.characters(exclude_categories=()), max_size=300)


@given(ANY, st.integers(20, 200))
def test_a_cut_text_fits_and_hides_nothing(said: str, limit: int) -> None:
    """Whatever comes, one line is at most as wide as asked, is one line, and holds no character that cannot be seen."""
    short = text.line(said, limit)
    assert text.width(short) <= limit
    assert "\n" not in short
    assert all(each.isprintable() for each in short)


@given(ANY, st.integers(20, 200))
def test_an_escape_is_never_cut(said: str, limit: int) -> None:
    """Escaped after the cut, every & begins one of the three entities, and the length is what was counted."""
    escaped = text.escape(text.lines(said, limit))
    assert len(escaped.encode("utf-16-le")) // 2 <= limit
    assert escaped.count("&") == sum(escaped.count(entity) for entity in ("&amp;", "&lt;", "&gt;"))
    assert "<" not in escaped
    assert ">" not in escaped


def test_the_middle_goes_first() -> None:
    """Beginning and end of a long line stay, with a mark between them."""
    short = text.line("begin " + "x" * 500 + " end", 40)
    assert short.startswith("begin ")
    assert short.endswith(" end")
    assert text.MARK in short


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("api\u200b:1.4", "api\\u200b:1.4"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("bell\x07", "bell\\u0007"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
        ("soft\u00adhyphen", "soft\\u00adhyphen"),
        ("\x1b[31mred", "\\u001b[31mred"),
    ],
    ids=["zero width", "right to left", "isolates", "control", "half a pair", "blank letter", "soft hyphen", "colour"],
)
def test_what_cannot_be_seen_is_named(said: str, seen: str) -> None:
    """A character that would deceive the eye is written out."""
    assert text.line(said, 100) == seen


def test_a_diff_is_cut_from_its_end_by_whole_lines() -> None:
    """The first lines stay whole, and the last one says how many are missing and where they are."""
    diff = "".join(f"+line {number}\n" for number in range(100))
    short = text.head(diff, 200, "see the console").split("\n")
    assert short[:3] == ["+line 0", "+line 1", "+line 2"]
    assert short[-1] == f"… {100 - (len(short) - 1)} more lines: see the console"
    assert text.width("\n".join(short)) <= 200


def test_a_diff_of_one_endless_line_is_cut_in_its_middle() -> None:
    """Where not one line fits, its beginning and end are shown."""
    short = text.head("x" * 5000, 100, "see the console")
    assert text.MARK in short
    assert text.width(short) <= 100


def test_the_first_proofs_and_the_last_outcomes_stay() -> None:
    """Of many proofs the first are kept, of many outcomes the last, and the rest is counted."""
    many = [f"number {each} {'x' * 40}" for each in range(20)]
    assert text.first(many, 120, 60, "see")[0].startswith("number 0")
    assert text.first(many, 120, 60, "see")[-1] == "… and 18 more: see"
    assert text.last(many, 120, 60, "see")[0] == "… 18 earlier: see"
    assert text.last(many, 120, 60, "see")[-1].startswith("number 19")


def test_blank_items_are_left_out() -> None:
    """An item without content is no line."""
    assert text.first(["", " \n", "a"], 100, 50, "see") == ["a"]
    assert text.last(["", "a", " "], 100, 50, "see") == ["a"]


def test_a_megabyte_is_cut_quickly_and_rightly() -> None:
    """A log of a million characters keeps its ends."""
    short = text.lines("A" + "\n<&>" * 300_000 + "Z", 100)
    assert short[0] == "A"
    assert short[-1] == "Z"
    assert text.width(short) <= 100
