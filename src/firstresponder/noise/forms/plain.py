"""One line of text: `Zone AB: Name`, `[FIRING:3] Name (…)`, `P2 | 2024-05-01 12:03 | title`, syslog, logfmt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec.structs import replace

from firstresponder.noise import names, places
from firstresponder.noise.entry import NO_LABELS, Entry
from firstresponder.noise.forms.fields import SEVERITY_NAMES, STATUS_NAMES, TITLE_NAMES, severity_of, status_of
from firstresponder.noise.limits import MAX_TITLE
from firstresponder.noise.times import leading_time, parse_duration, parse_time
from firstresponder.noise.words import BARE_SEVERITIES, FIRING, RESOLVED

_BULLET = re.compile(r"(?:[-*•·>]+|\d{1,6}[.)])\s+|\*\*\s*")
_PRI = re.compile(r"<\d{1,3}>(?:1 )?")
_STATUS = re.compile(
    r"[\[(]?(?P<status>FIRING|RESOLVED|PROBLEM|RECOVERY|RECOVERED|TRIGGERED|OK|CLEARED|CLOSED|OPEN|ALERTING)(?P<n>:\d+)?"
    r"(?:[\])]|(?=[\s:|,-]))",
    re.IGNORECASE,
)
_SEVERITY = re.compile(
    r"[\[(<]?(?P<severity>P[0-5]|SEV[-_ ]?[0-5]|[A-Za-z]{4,9}|err)"
    r"(?:[\])>](?=[\s:|]|$)|(?=\s*[:|]|\s[-\u2013\u2014]\s|\s)|$)",
    re.IGNORECASE,
)
_TICKET = re.compile(
    r"[\[(]?(?:#\d{1,12}|(?:INC|CHG|PRB|RITM|TASK|REQ)-?\d{3,12}|[A-Z][A-Z0-9]{1,9}-\d{1,9})[\])]?(?=[\s:|,-]|$)"
)
_BRACKET = re.compile(r"\[(?P<inside>[^\]\[]{1,60})\]")
_HOST_AND_PROGRAM = re.compile(r"(?P<host>[A-Za-z][\w.-]*)\s+(?P<program>[A-Za-z][\w./-]*)(?:\[\d+\])?:\s+")
_BEGINS_TIME = frozenset("[0123456789MTWFSJAOND")
_CUT = re.compile(r"\s*\|\s*|\t+")
_SEPARATORS = " \t:|,;-\u2013\u2014\u00bb>*"
_PAIR = re.compile(r'(?<![\w"])([A-Za-z_][\w.-]{0,60})=("(?:[^"\\]|\\.)*"|[^\s,"(){}\]\[]+),?')
_LASTED = re.compile(
    r"\b(?:resolved|recovered|cleared|closed|lasted|healed|duration|after|for)\b[^\d(]{0,12}(?P<span>\d+(?:[.,]\d+)?\s*(?:d|days?|h|hrs?|hours?|m|mins?|"
    r"minutes?|s|secs?|seconds?)(?:\s*\d+\s*(?:h|m|mins?|minutes?|s|secs?|seconds?))*)(?![a-z])",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")
_TAIL = re.compile(r"^(?P<name>[^\W\d][\w:.-]{2,120})\s*(?P<tail>[({].{0,4000}[)}])?\s*$", re.DOTALL)
_AT_END = re.compile(
    r"[\s(,;-]+(?:at|on|since|@)?\s*(?P<time>(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})[T ]\d{1,2}:\d{2}\S*)\)?$"
)
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_PROSE = 40  # words: longer than any title
_HEADS = 12


@dataclass
class _Line:
    """What was found at the head of a line so far."""

    rest: str
    places: dict[str, str] = field(default_factory=dict)
    at: float | None = None
    severity: str = ""
    status: str = ""
    instance: str = ""
    identity: str = ""
    heads: int = 0


def read_line(text: str, flat: str = "", *, day_first: bool = False) -> Entry | str:
    """Return the entry that a line is, or why it is none. `flat`: the text on one line, where it was wrapped."""
    flat = flat or text
    if "\t" not in text:
        flat = " ".join(flat.split())
    found = leading_time(flat, day_first=day_first) if flat[:1] in _BEGINS_TIME else None
    read = _read(flat if found is None else flat[found[1] :].lstrip(_SEPARATORS), found is not None, day_first)
    if isinstance(read, str):
        return read
    return replace(read, text=text) if found is None else replace(read, text=text, at=found[0])


@lru_cache(maxsize=16_384)
def _read(flat: str, timed: bool, day_first: bool) -> Entry | str:  # noqa: FBT001 - the cache's key
    """Read what follows the time of a line; streams repeat themselves."""
    if _LETTERS.search(flat) is None:
        return "no words"
    if flat.startswith(("```", "#!", "# ", "## ", "### ", "---", "===")):
        return "a heading or a mark, not an alert"
    if flat.count("\ufffd") * 5 > len(flat):
        return "not readable as UTF-8 text"
    line = _Line(rest=flat)
    if timed:
        line.at, line.heads = 0.0, 1  # the caller has it
        _syslog(line)
    if " | " in flat or "\t" in flat:
        _read_fields(line, [part.strip() for part in _CUT.split(flat.strip().replace("\n", " "))], day_first)
    else:
        _read_heads(line, day_first)
    return _entry(line, day_first)


def has_head(text: str) -> bool:
    """Whether a line begins like a record: with a time, a place, a status, a severity, a ticket's number, a bracket."""
    if "|" in text or "\t" in text.strip():
        return True
    line = _Line(rest=" ".join(text.split()))
    _read_heads(line, day_first=False)
    return line.heads > 0


def _read_heads(line: _Line, day_first: bool) -> None:  # noqa: FBT001 - the caller's option
    for _ in range(_HEADS):
        if not _head(line, day_first):
            return
        line.heads += 1
        line.rest = line.rest.lstrip(_SEPARATORS)


def _head(line: _Line, day_first: bool) -> bool:  # noqa: FBT001, PLR0911 - one branch per kind of head, in the order of trust
    rest = line.rest
    if match := _PRI.match(rest) or _BULLET.match(rest):
        line.rest = rest[match.end() :]
        return True
    if line.at is None and (found := leading_time(rest, day_first=day_first)):
        line.at, end = found
        line.rest = rest[end:].lstrip(_SEPARATORS)
        _syslog(line)
        return True
    if place := places.at_head(rest):
        kind, value, end = place
        line.places.setdefault(kind, value)
        line.rest = rest[end:]
        return True
    if not line.status and (match := _STATUS.match(rest)):
        line.status, line.rest = status_of(match["status"]), rest[match.end() :]
        return True
    if not line.severity and (match := _SEVERITY.match(rest)) and _is_severity(match["severity"]):
        line.severity, line.rest = severity_of(match["severity"]), rest[match.end() :]
        return True
    if not line.identity and (match := _TICKET.match(rest)):
        line.identity, line.rest = match.group().strip("[]()"), rest[match.end() :]
        return True
    if match := _BRACKET.match(rest):
        line.rest = rest[match.end() :]
        _inside(line, match["inside"].strip(), day_first)
        return True
    return False


def _syslog(line: _Line) -> None:
    """`host program[123]: ` after the time."""
    match = _HOST_AND_PROGRAM.match(line.rest)
    if match is not None and not _is_severity(match["host"]):
        line.instance, line.rest = match["host"], line.rest[match.end() :]
        line.places.setdefault("service", match["program"])


def _is_severity(word: str) -> bool:
    return re.sub(r"[-_ ]", "", word.lower()) in BARE_SEVERITIES


def _inside(line: _Line, text: str, day_first: bool) -> bool:  # noqa: FBT001
    """Read one field of a line; return whether it was anything but prose."""
    at = parse_time(text, day_first=day_first) if line.at is None and _DIGIT.search(text) else None
    if at is not None:
        line.at = at
    elif not line.severity and _is_severity(text):
        line.severity = severity_of(text)
    elif not line.status and text.lower() in FIRING | RESOLVED:
        line.status = status_of(text)
    elif place := places.named(text):
        line.places.setdefault(*place)
    elif not line.identity and (match := _TICKET.fullmatch(text)):
        line.identity = match.group().strip("[]()")
    elif text.startswith(("FIRING", "RESOLVED")):
        line.status = status_of(text.partition(":")[0])
    else:
        if _LETTERS.search(text) and " " not in text:
            line.places.setdefault("service", text)
        return False
    return True


def _read_fields(line: _Line, parts: list[str], day_first: bool) -> None:  # noqa: FBT001
    """`P2 | 2024-05-01 12:03 | title`: every field that is no prose has its meaning; the longest of the others is the title."""
    prose: list[str] = []
    for part in parts:
        inner = _Line(rest="")
        if part and not _inside(inner, part.strip("[]"), day_first):
            prose.append(part)
            inner.places.clear()
        line.at = inner.at if line.at is None else line.at
        line.severity = line.severity or inner.severity
        line.status = line.status or inner.status
        line.identity = line.identity or inner.identity
        line.places = {**inner.places, **line.places}
    prose.sort(
        key=lambda part: (bool(_LETTERS.search(part)), " " in part or bool(names.identifier(part)), len(part)), reverse=True
    )
    line.rest = prose[0] if prose else ""
    line.heads = 1
    for part in prose[1:]:
        if _LETTERS.search(part) and len(part) < 60 and " " not in part:  # noqa: PLR2004 - a short word beside the title
            line.places.setdefault("service", part)
    _read_heads(line, day_first)


def _entry(line: _Line, day_first: bool) -> Entry | str:  # noqa: FBT001
    rest, labels, name = line.rest, dict(NO_LABELS), ""
    if match := _AT_END.search(rest):
        at = parse_time(match["time"], day_first=day_first)
        if at is not None:
            line.at, rest = (at if line.at is None else line.at), rest[: match.start()]
    if "=" in rest and (pairs := _PAIR.findall(rest)):
        labels = {key: value.strip('"') for key, value in pairs}
        rest = _PAIR.sub(" ", rest).strip(" (){},")
        rest = _from_labels(line, labels, rest)
        name = labels.get("alertname", "")
    lasted = None
    if _DIGIT.search(rest) and (span := _LASTED.search(rest)):
        lasted = parse_duration(span["span"])
    title = _EMPTY.sub(" ", places.in_prose(rest, line.places)).strip(_SEPARATORS + "*")
    if _LETTERS.search(title) is None:
        return "no title"
    if title.count(" ") > _PROSE:
        return "a paragraph, not an alert"
    over = names.read(title).healed  # `DiskFull (recovered)` says it in what is cut off below
    if match := _TAIL.match(title):
        name = name or names.identifier(match["name"])
        if name:
            title = match["name"]
            _tail(line, match["tail"] or "")
    read = names.read(title)
    ended = line.status == "resolved"
    status = "resolved" if ended or over else line.status
    if not (line.heads or name or labels or status or read.grade != "unknown" or read.classes or read.transient or read.always):
        return "no sign of an alert: no time, place, severity, status, alert name, nor a word of failure"
    return Entry(
        text="",
        title=title[:MAX_TITLE],
        name=name,
        scope=places.ordered(line.places),
        instance=line.instance or places.instance_of(labels) or read.instance,
        severity=line.severity,
        status=status,
        at=line.at,
        lasted=lasted if status == "resolved" else None,
        whole=over and not ended,
        identity="",
        labels=labels,
    )


def _tail(line: _Line, tail: str) -> None:
    """`(prod/api critical)`, as Alertmanager's own titles end: a severity, and what the alert is about where it is one word."""
    words = tail.strip("(){} ").split()
    for word in words:
        if not line.severity and _is_severity(word):
            line.severity = severity_of(word)
    about = [word for word in words if not _is_severity(word)]
    if len(about) == 1 and not line.places:
        line.places.setdefault("service", about[0])


def _from_labels(line: _Line, labels: dict[str, str], rest: str) -> str:
    """Use `key=value` pairs of a line; return the title."""
    line.places = {**places.of_labels(labels), **line.places}
    for key, value in labels.items():
        low = key.lower()
        if low in SEVERITY_NAMES and not line.severity:
            line.severity = severity_of(value)
        elif low in STATUS_NAMES and not line.status:
            line.status = status_of(value)
        elif low in {"time", "ts", "timestamp", "at"} and line.at is None:
            line.at = parse_time(value)
    given = next((labels[key] for key in (*TITLE_NAMES, "msg") if labels.get(key)), "")
    return rest if len(rest) > len(given) or not given else given
