"""What to do against the noise: close, lower, group, inhibit, repair. Each with its effect on this very stream."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

import msgspec

from firstresponder.noise import alertmanager as am
from firstresponder.noise.heal import Course
from firstresponder.noise.incidents import Incident
from firstresponder.noise.inhibition import inhibitions
from firstresponder.noise.kinds import Kind, Kinds
from firstresponder.noise.lead import Lead
from firstresponder.noise.limits import BURST, MAX_PROPOSALS
from firstresponder.noise.places import KINDS
from firstresponder.noise.proposal import Proposal, percent
from firstresponder.noise.repair import repairs
from firstresponder.noise.times import spoken

_WAITS = (60.0, 120.0, 180.0, 300.0, 600.0)  # seconds: whatever lasts is told that much later, so no longer
_ENOUGH = 3
_ORDER = ("repair", "close", "lower", "group", "inhibit")


class Analysed(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found out about a stream."""

    stream: Kinds
    kinds: Sequence[Kind]
    courses: Sequence[Course]
    leads: Sequence[Lead]
    incidents: Sequence[Incident]


def proposals_of(found: Analysed, actions: Collection[str]) -> tuple[list[Proposal], int]:
    """Return the proposals, repairs first, each kind in the order of the incidents; and how many more there would be.

    `actions` are the ids of the catalog of actions.
    """
    out: list[Proposal] = []
    for index, incident in enumerate(found.incidents, 1):
        out += repairs(incident, index, found.kinds, actions)
        if incident.noise:
            out += _quieten(incident, index, found)
        out += _group(incident, index, found)
    out += inhibitions(found.stream, found.kinds, found.leads, found.incidents)
    out.sort(key=lambda proposal: (_ORDER.index(proposal.kind), proposal.incident))
    kept: list[Proposal] = []
    for kind in _ORDER:
        kept += [proposal for proposal in out if proposal.kind == kind][: MAX_PROPOSALS // len(_ORDER)]
    return kept, len(out) - len(kept)


def _quieten(incident: Incident, index: int, found: Analysed) -> list[Proposal]:
    """Close what was measured to end by itself; lower what says that it passes, and what is mere information."""
    mine = [found.kinds[number] for number in incident.kinds]
    courses = [found.courses[kind.number] for kind in mine]
    if any(kind.severity == "critical" for kind in mine):
        return []
    if any(kind.named.always for kind in mine):
        why = f"{incident.title}: {incident.reason}; its absence is what matters: send it to a watch outside of the cluster only"
        effect = (
            f"{incident.alerts} of {found.stream.count} alerts ({percent(incident.alerts, found.stream.count)}) reach no person"
        )
        return [Proposal(kind="lower", incident=index, why=why, effect=effect)]
    if all(course.verdict == "heals" for course in courses) and any(course.measured for course in courses):
        return [_close(incident, index, mine, courses, found)]
    if all(course.verdict == "heals" for course in courses):
        ended = sum(course.ended for course in courses)
        count = sum(course.occurrences for course in courses)
        why = f"{incident.title}: {ended} of {count} are said to be over, in words; how long they took is not said"
        effect = f"{ended} of {count} would be closed when their end comes; a person sees the other {count - ended}"
        return [Proposal(kind="close", incident=index, why=why, effect=effect)]
    return [_lower(incident, index, mine, courses, found)]


def _close(incident: Incident, index: int, mine: Sequence[Kind], courses: Sequence[Course], found: Analysed) -> Proposal:
    """Wait before the first notification for as long as most of them need to end."""
    durations = sorted(each for course in courses for each in course.durations)
    count = sum(course.occurrences for course in courses)
    alone = sum(course.alone for course in courses)
    why = f"{incident.title}: {alone} of {count} ended by themselves"
    wait = _wait(durations)
    if wait is None:
        effect = f"{alone} of {count} would be closed by their end, without a person"
        return Proposal(kind="close", incident=index, why=why, effect=effect)
    before = bisect_right(durations, wait)
    effect = (
        f"{before} of {count} ended within {spoken(wait)}: with that wait {count - before} of {count} are notified, "
        f"and what lasts is notified {spoken(wait)} later; of the whole stream {percent(before, found.stream.count)} less"
    )
    wait_text = f"{wait / 60:.0f}m"
    body = ["group_by: ['...'] # each alert waits for itself", f"group_wait: {wait_text}"]
    return Proposal(
        kind="close",
        incident=index,
        why=f"{why}; the same as `for: {wait_text}` in their rule",
        effect=effect,
        config=_routed(mine, f"what ends within {spoken(wait)} is not notified", body),
    )


def _wait(durations: Sequence[float]) -> float | None:
    """The shortest wait in which nine of ten end, or at least most; None where ten minutes are not enough for that."""
    for share in (0.9, 0.5):
        wait = next((each for each in _WAITS if bisect_right(durations, each) >= share * len(durations)), None)
        if durations and wait is not None:
            return wait
    return None


def _lower(incident: Incident, index: int, mine: Sequence[Kind], courses: Sequence[Course], found: Analysed) -> Proposal:
    whole = found.stream.count
    proven = all(course.verdict != "says so" for course in courses)
    why = f"{incident.title}: {incident.reason}"
    if not proven:
        why += "; once ends are recorded and show that it heals, close it automatically"
    effect = f"{incident.alerts} of {whole} alerts ({percent(incident.alerts, whole)}) go to a list instead of to a person"
    silent = all(kind.severity in {"info", "none"} for kind in mine)
    body = ["repeat_interval: 24h"]
    if silent:
        body.append("active_time_intervals: [working-hours]")
    intervals = am.WORKING_HOURS if silent else ()
    config = _routed(mine, "not to a pager; read it as a list", body, receiver=am.QUIET, intervals=intervals)
    if incident.hypotheses:
        why += "; mind the hypothesis about it"
    return Proposal(kind="lower", incident=index, why=why, effect=effect, config=config)


def _group(incident: Incident, index: int, found: Analysed) -> list[Proposal]:
    """One notification for what comes together."""
    mine = [found.kinds[number] for number in incident.kinds]
    courses = [found.courses[kind.number] for kind in mine]
    if incident.alerts < _ENOUGH or any(kind.named.always for kind in mine):
        return []
    labels = _labels(found, mine)
    places = len({tuple(pair for pair in kind.scope if pair[0] != "service") for kind in mine})
    if all(course.starts for course in courses):
        bursts = sum(_bursts(each) for each in _by_place(mine, courses))
        if bursts >= incident.alerts:
            return []
        made = "one notification" if bursts == 1 else f"{bursts} notifications"
        effect = f"{incident.alerts} alerts of this stream become {made}: one for each burst of {spoken(BURST)} in one place"
    else:
        made = "one ticket" if places == 1 else f"{places} tickets, one for each place"
        effect = f"{incident.alerts} tickets of this stream become {made}"
        effect += "; without times it cannot tell how many came together"
    names = [kind.name for kind in mine]
    different = len({kind.key for kind in mine})
    why = f"{incident.title}: {incident.alerts} alerts"
    why += f" of {different} kinds" if different > 1 else ""
    why += f" in {places} places are one matter" if places > 1 else " are one matter"
    grouping = labels if len(set(names)) > 1 and labels else ["alertname", *labels]
    body = [f"group_by: {am.listed(grouping)}"]
    config = _routed(mine, "one notification for all of it", body, quieter=False)
    return [Proposal(kind="group", incident=index, why=why, effect=effect, config=config)]


def _by_place(mine: Sequence[Kind], courses: Sequence[Course]) -> list[list[float]]:
    found: dict[object, list[float]] = {}
    for kind, course in zip(mine, courses, strict=True):
        found.setdefault(tuple(pair for pair in kind.scope if pair[0] != "service"), []).extend(course.starts)
    return [sorted(starts) for starts in found.values()]


def _bursts(starts: Sequence[float]) -> int:
    count, index = 0, 0
    while index < len(starts):
        count += 1
        index = bisect_right(starts, starts[index] + BURST)
    return count


def _routed(
    mine: Sequence[Kind],
    comment: str,
    body: Sequence[str],
    *,
    quieter: bool = True,
    receiver: str = am.PAGER,
    intervals: Sequence[str] = (),
) -> str:
    """A route for these kinds; nothing where they have no names that Alertmanager could match."""
    names = am.matcher("alertname", [name for kind in mine for name in kind.names])
    if names is None or not body:
        return ""
    matchers = [names, am.NOT_CRITICAL] if quieter else [names]
    if not all(kind.labelled for kind in mine):
        comment += "; names and labels were read from text, so check them"
    return am.route(comment, matchers, body, receiver=receiver, intervals=intervals)


def _labels(found: Analysed, mine: Sequence[Kind]) -> list[str]:
    """The labels that say where: as the alerts have them, else as the text calls them."""
    wanted = {kind: {name for name, _ in kind.scope if name != "service"} for kind in mine}
    names: set[str] = set()
    for kind in mine:
        if kind.labelled:
            there = set().union(*(found.stream.places[number] for number in set(kind.place)))
            names |= {name for name in there if KINDS.get(name.lower()) in wanted[kind]}
        else:
            names |= wanted[kind]
    return sorted(name for name in names if am.is_label(name))
