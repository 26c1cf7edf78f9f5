"""What heals by itself."""

from __future__ import annotations

import io

from firstresponder.noise.forms.read import read
from firstresponder.noise.heal import Course, course_of, tells_ends
from firstresponder.noise.kinds import Kinds
from tests.unit.noise.made import alert, body


def courses(text: str) -> list[Course]:
    """Return the courses of a text's kinds."""
    stream = Kinds(keep=True)
    read(io.StringIO(text).readline, "test", stream)
    kinds = list(stream.kinds.values())
    return [course_of(kind, ends=tells_ends(kinds)) for kind in kinds]


def test_short_and_nobody_named_heals() -> None:
    """Ten that ended within minutes heal by themselves; the sentence has the numbers."""
    (course,) = courses(body([alert("DiskFull", n * 60, 3) for n in range(10)]))
    assert course.verdict == "heals"
    assert course.told == "10 of 10 ended within 15 min, which counts as by themselves, median 3 min, longest 3 min"


def test_long_does_not_heal() -> None:
    """Ten that took five hours do not count as healing by themselves: somebody will have worked on them."""
    (course,) = courses(body([alert("DiskFull", n * 600, 300) for n in range(10)]))
    assert (course.verdict, course.alone) == ("stays", 0)


def test_what_a_person_ended_does_not_heal() -> None:
    """However quick: a person is named."""
    rows = "".join(f"disk failed,2024-05-01 1{n}:00,2024-05-01 1{n}:02,ann\n" for n in range(5))
    (course,) = courses("title,created,resolved,resolved_by\n" + rows)
    assert (course.verdict, course.by_person) == ("stays", 5)


def test_one_open_among_many_is_counted() -> None:
    """What has no end, where others have one, is still open."""
    (course,) = courses(body([*(alert("DiskFull", n * 60, 3) for n in range(9)), alert("DiskFull", 900, None)]))
    assert (course.still_open, course.verdict) == (1, "heals")
    assert "1 not yet" in course.told


def test_deliveries_of_one_alert_are_one() -> None:
    """The same labels and start, firing and then resolved, are one alert that ended."""
    firing, resolved = alert("DiskFull", 0, None), alert("DiskFull", 0, 4)
    (course,) = courses(body([firing, firing, resolved, resolved]))
    assert (course.occurrences, course.ended, list(course.durations)) == (1, 1, [240.0])


def test_messages_of_beginnings_and_ends_are_paired() -> None:
    """In chat messages an end belongs to the beginning on the same machine; repeats are no new alert."""
    lines = [
        "2024-05-01 10:00:00 [FIRING:1] DiskFull on db-1",
        "2024-05-01 10:01:00 [FIRING:1] DiskFull on db-2",
        "2024-05-01 10:02:00 [FIRING:1] DiskFull on db-1",
        "2024-05-01 10:05:00 [RESOLVED] DiskFull on db-1",
    ]
    (course,) = courses("\n".join(lines))
    assert (course.occurrences, course.ended, list(course.durations), course.still_open) == (2, 1, [300.0], 1)


def test_the_order_of_a_timed_stream_does_not_matter() -> None:
    """Exports with the newest first are paired all the same."""
    lines = ["2024-05-01 10:05:00 [RESOLVED] DiskFull on db-1", "2024-05-01 10:00:00 [FIRING:1] DiskFull on db-1"]
    (course,) = courses("\n".join(lines))
    assert list(course.durations) == [300.0]


def test_words_are_not_a_measurement() -> None:
    """Without times, recovered in words is said to be words; the lines without it are not called open."""
    (course,) = courses("Zone A: DiskFull (recovered)\n" * 9 + "Zone A: DiskFull\n")
    assert (course.verdict, course.measured, course.still_open) == ("heals", False, 0)
    assert "in words" in course.told


def test_without_ends_nothing_is_proven() -> None:
    """A list that tells no ends leaves it open, and a name is only a name."""
    plain, transient = courses("Zone A: DiskFull\nZone A: DiskTransientFailure\n")
    assert plain.verdict == "unknown"
    assert transient.verdict == "says so"
    assert "not proven" in transient.told
