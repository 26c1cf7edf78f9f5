"""Which lines are one record."""

from __future__ import annotations

from firstresponder.noise.forms.lines import Style, records, style_of

PLAIN = Style(wrapped=False, indented=False)


def test_a_broken_name_is_put_together() -> None:
    """A line with a piece of a name after a line that begins a record is its rest, without a blank between them."""
    lines = ["Zone AB: LLMBatchProcessingJob", "Failures", "Zone XQ: DiskFull"]
    assert list(records(lines, PLAIN)) == [
        ("Zone AB: LLMBatchProcessingJob\nFailures", "Zone AB: LLMBatchProcessingJobFailures"),
        ("Zone XQ: DiskFull", "Zone XQ: DiskFull"),
    ]


def test_a_name_on_a_line_of_its_own_is_an_alert() -> None:
    """A whole alert name without a head is not swallowed by the line before it: it would be hidden there."""
    lines = ["Zone AB: DiskFull", "KubePodCrashLooping", "QueueGrows"]
    assert len(list(records(lines, style_of(lines)))) == 3


def test_a_file_whose_names_are_all_broken() -> None:
    """Where every line without a head follows one with a head, longer pieces are put together too."""
    lines = ["Zone A: Endpoint", "RegistrationFailure", "Zone B: Endpoint", "RegistrationFailure", "Zone C: Model", "VeryStale"]
    style = style_of(lines)
    assert style.wrapped
    assert next(flat for _, flat in records(lines, style)) == "Zone A: EndpointRegistrationFailure"


def test_a_place_alone_waits_for_its_name() -> None:
    """After `Zone AB:` the next line is the name."""
    assert [flat for _, flat in records(["Zone AB:", "DiskFull"], PLAIN)] == ["Zone AB: DiskFull"]


def test_indented_lines_belong_to_the_line_above() -> None:
    """A trace under a line is part of it; where most lines are indented, indentation means nothing."""
    trace = ["ERROR checkout failed", "    at Main.java", "    at Thread.java", "ERROR checkout failed"]
    assert [text.count("\n") for text, _ in records(trace, PLAIN)] == [2, 0]
    listed = ["Alerts", "  DiskFull", "  DiskFull"]
    assert len(list(records(listed, style_of(listed)))) == 3
