"""What comes from outside cannot speak to the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstresponder.cli.text import clean, line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]0;title\x07name", "]0;titlename"),
        ("\x1b]8;;http://attacker.example\x1b\\link\x1b]8;;\x1b\\", "]8;;http://attacker.example\\link]8;;\\"),
        ("\x1b]52;c;Y3VybA==\x07x", "]52;c;Y3VybA==x"),
        ("\x9b31mred", "31mred"),
        ("\x1bcreset", "creset"),
        ("a\x1b[", "a["),
        ("over\rwritten\x08\x7f", "overwritten"),
        ("image: \u202eevil\u202c", "image: evil"),
        ("zero\u200bwidth", "zerowidth"),
        ("half \ud800", "half "),
        ("tag\U000e0041", "tag"),
        ("kept\ttab\nline", "kept\ttab\nline"),
        ("[bold red]markup[/]", "[bold red]markup[/]"),
        ("größer 日本 🚀", "größer 日本 🚀"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    """Colours, controls and invisible marks go; letters, tabs and newlines stay, and so does the text of a sequence."""
    assert clean(text) == shown


@given(st.text())
def test_nothing_that_controls_is_left(text: str) -> None:
    """Of any text, no control but tab and newline is left, no format mark that turns text around, and it can be encoded."""
    shown = clean(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n"]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    ]
    shown.encode()


@given(st.text())
def test_one_line(text: str) -> None:
    """`line` never makes a second one, on any terminal's reading."""
    assert len(line(text).splitlines()) <= 1


@given(st.text(), st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_one_field_cannot_hide_the_next(first: str, second: str) -> None:
    """Whatever a field holds, even the beginning of a sequence, what is printed after it is there."""
    assert clean(f"{first} {second}").endswith(f" {second}")
    assert clean(f"{first}\x1b] ({second})\x07").endswith(f" ({second})")
