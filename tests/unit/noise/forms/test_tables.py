"""Tables of ticket systems, by the names of their columns."""

from __future__ import annotations

import pytest

from firstresponder.noise.forms.tables import table_of
from tests.unit.noise.reading import taken

PAGERDUTY = "incident_number,description,service_name,urgency,status,created_on,resolved_on,resolved_by_user_name"
OPSGENIE = "TinyId;Message;Priority;Status;CreatedAt;ClosedAt;Tags"
JIRA = "Issue key,Issue id,Summary,Status,Priority,Created,Resolved"
ALERTS = "alertname\tseverity\tnamespace\tstartsAt\tendsAt"

HEADERS = {
    PAGERDUTY: {
        "title": "description",
        "start": "created_on",
        "end": "resolved_on",
        "severity": "urgency",
        "service": "service_name",
    },
    OPSGENIE: {"title": "Message", "start": "CreatedAt", "end": "ClosedAt", "severity": "Priority", "id": "TinyId"},
    JIRA: {"title": "Summary", "start": "Created", "end": "Resolved", "severity": "Priority", "id": "Issue key"},
    ALERTS: {"title": "alertname", "start": "startsAt", "end": "endsAt", "severity": "severity", "namespace": "namespace"},
}


@pytest.mark.parametrize("header", HEADERS, ids=["pagerduty", "opsgenie", "jira", "alerts"])
def test_columns_are_found_by_their_names(header: str) -> None:
    """The columns of common exports are recognised, whatever separates them."""
    table = table_of(header)
    assert table is not None
    assert HEADERS[header].items() <= table.columns.items()


def test_the_report_says_which_columns_were_used() -> None:
    """The source names the columns that were used and those that were not."""
    _, source = taken("Summary,Created,Team,Colour\ndisk failed,2024-05-01,ops,red\n")
    assert source.form == "table"
    assert source.columns == {"title": "Summary", "start": "Created"}
    assert source.ignored == ("Team", "Colour")


@pytest.mark.parametrize(
    "first", ["Zone AB: DiskFull", "disk failed, network failed", "title", "a,b,c", "Hello, world, title of a book, x"]
)
def test_prose_is_no_table(first: str) -> None:
    """A first line that does not name a title and something beside it is a line."""
    assert table_of(first) is None


def test_rows() -> None:
    """A row has its time, end, severity, status and service; cells may span lines; a title may hold a place."""
    head = "Id,Title,Created,Closed,Priority,State,Service"
    text = f'{head}\r\n7,"Zone AB: DiskFull\r\nsee wiki",01/05/2024 10:00,23/05/2024 11:00,P1,Closed,db\r\n'
    sink, _ = taken(text)
    (entry,) = sink.entries
    assert entry.severity == "critical"
    assert entry.status == "resolved"
    assert (entry.until or 0) - (entry.at or 0) == 22 * 86400 + 3600
    assert dict(entry.scope) == {"zone": "AB", "service": "db"}
    assert entry.identity == "7"


def test_dates_that_cannot_be_told_are_said() -> None:
    """Where no row decides between day and month first, the report says what was assumed."""
    _, source = taken("title,created\ndisk failed,03/04/2024\n")
    assert "month first" in source.notes[0]


def test_a_row_without_a_title_is_shown() -> None:
    """It is not understood, with its text, and the rows around it are read."""
    sink, source = taken("title,created\ndisk failed,2024-05-01\n,2024-05-02\ndisk failed,2024-05-03\n")
    assert (source.alerts, source.unparsed) == (2, 1)
    assert sink.rejected == [(",2024-05-02", "no title")]


def test_a_quote_that_is_never_closed_loses_no_line() -> None:
    """A row that runs on for too many lines is given back line by line."""
    lines = [f"disk failed,2024-05-{1 + i % 28:02}" for i in range(700)]
    sink, source = taken("title,created\n" + 'x,"2024\n' + "\n".join(lines) + "\n")
    assert source.alerts + source.unparsed == 701
    assert "a quote that is never closed" in sink.rejected[0][1]


def test_who_ended_it() -> None:
    """A column that names who resolved it tells itself from a person."""
    sink, _ = taken(
        "title,created,resolved_by\na failed,2024-05-01,ann\nb failed,2024-05-01,Integration API\nc failed,2024-05-01,\n"
    )
    assert [entry.ended_by for entry in sink.entries] == ["person", "self", ""]


def test_durations() -> None:
    """A column of durations stands in for an end; one of minutes is read as minutes."""
    sink, _ = taken("title,status,minutes_to_resolve\na failed,resolved,5\nb failed,resolved,00:02:00\n")
    assert [entry.lasted for entry in sink.entries] == [300.0, 120.0]
