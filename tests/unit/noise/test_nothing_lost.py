"""Whatever comes in, every line is in exactly one incident or among the lines that were not understood."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firstresponder.errors import BadInput
from firstresponder.noise import show
from firstresponder.noise.forms import read as reading
from tests.unit.noise.reading import answer, stream

PIECES = """Zone AB:~Zone XQ:~[FIRING:2]~RESOLVED~P2~|~2024-05-01 12:03~03/04/2024 1:02~May  1 12:03:11~host~app[12]:~DiskFull~
LLMBatchProcessingJob~Failures~cpu~93%~failed~on~web-07~(recovered)~k=v~a="b c"~,~:~-~日本~\u202e~\x00~\ufffd~#~```~"~{~}~[~INFO~
resolved~after~4m~\t~queue"""
WORDS = st.sampled_from(PIECES.replace("~\n", "~").split("~"))
LINES = st.lists(WORDS, max_size=7).map(" ".join) | st.text(max_size=60)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)


@given(TEXTS)
@example("Zone AB:\nFoo")
@example("a\x85b failed\x0cc")
@example('title,time\n"open quote failed,2024\nx failed,2')
def test_every_line_is_somewhere_exactly_once(text: str) -> None:
    """For any text: an error that says why, or each line that is not blank is in one place, and the counts agree."""
    lines = [line for line in io.StringIO(text, newline=None).read().removeprefix("\ufeff").split("\n") if line.strip()]
    if lines and reading._JSON.match(lines[0]):
        with contextlib.suppress(BadInput):
            answer(text)
        return
    report = answer(text)
    members = [member for incident in report.incidents for member in report.members(incident)]
    assert report.count == len(members) == sum(incident.alerts for incident in report.incidents)
    assert report.unparsed_count == len(report.unparsed)
    if report.sources[0].form == "lines":
        there = Counter(line for member in [*members, *(line for line, _ in report.unparsed)] for line in member.split("\n"))
        assert there == Counter(lines)


@given(TEXTS)
def test_all_shapes_of_any_text(text: str) -> None:
    """Text and Markdown are made of any answer, each line on one line, and say each incident once."""
    try:
        report = answer(text, keep=False)
    except BadInput:
        return
    numbered = [line for line in show.text(report) if line[:1].isdigit() and ". P" in line[:8]]
    assert len(numbered) == len(report.incidents)
    rows = [line for line in show.markdown(report) if line.startswith("| ") and line[2:3].isdigit()]
    assert len(rows) == len(report.incidents)
    assert not [line for line in rows if line.replace("\\|", "").count("|") != 6]


KEYS = st.sampled_from(["labels", "alertname", "alerts", "status", "startsAt", "endsAt", "title", "data", "id", "state"])


def _nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), _nested, max_leaves=25))
def test_any_json(value: object) -> None:
    """For any JSON value: an answer whose counts agree, whatever its types are."""
    report = answer(json.dumps(value))
    assert report.count == sum(1 for incident in report.incidents for _ in report.members(incident))


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=20), st.text(max_size=20)), max_size=8))
def test_any_table(rows: list[tuple[str, str, str]]) -> None:
    """For any cells under a header: as many alerts as rows with a title that could be read, none lost in silence."""
    clean = [tuple(cell.replace('"', "'").replace("\r", " ").replace("\n", " ") for cell in row) for row in rows]
    text = "title,created_at,resolved_at\n" + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in clean)
    report = answer(text)
    assert report.sources[0].form == "table"
    assert report.count == sum(bool(row[0].strip()) for row in clean)
    assert report.unparsed_count == sum(not row[0].strip() and any(cell.strip() for cell in row) for row in clean)


@given(st.permutations(stream("zones.txt").splitlines()))
def test_the_order_of_lines_without_times_does_not_matter(lines: list[str]) -> None:
    """A list without times gives the same incidents in the same order, however it is sorted."""
    report = answer("\n".join(lines))
    assert [(each.priority, each.alerts) for each in report.incidents] == [("P1", 3), ("P2", 5), ("P4", 23)]


def test_a_line_that_is_too_long_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the limit is not understood, its beginning is kept, and the lines around it are read."""
    monkeypatch.setattr(reading, "MAX_LINE", 50)
    report = answer(f"Zone A: DiskFull\n{'x failed ' * 3000}\nZone A: DiskFull\n")
    assert report.count == 2
    ((line, why),) = report.unparsed
    assert line.startswith("x failed x failed")
    assert why == "longer than 50 characters"
