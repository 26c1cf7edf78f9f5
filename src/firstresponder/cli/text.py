"""Text from outside, made harmless for a terminal.

Labels, logs and names come from anywhere. A control sequence in them could move the cursor, rewrite what was printed,
or fill the clipboard; a direction override could make a diff read differently from what it says.
"""

from __future__ import annotations

import re

# Colours and cursor moves, whole and nothing beside them. Of any other sequence (titles, links, clipboard) only the
# controls go and its text stays to be seen: dropping up to an end mark would let one field hide the ones after it.
_SEQUENCES = re.compile(r"\x1b\[[0-9;:?]*[A-Za-z]")
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # directions, joiners, separators: invisible, or not where they seem
    "\ud800-\udfff"  # halves of pairs, which no UTF-8 can carry
    "\U000e0000-\U000e007f]"  # tags: invisible text
)


def clean(text: str) -> str:
    """Drop control sequences and everything that is not what it looks like; keep newlines and tabs."""
    return _CONTROL.sub("", _SEQUENCES.sub("", text))


def line(text: str) -> str:
    """As `clean`, on one line."""
    return " ".join(clean(text).split())
