"""The whole of it: what was read becomes the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from firstresponder.noise.entry import Source
from firstresponder.noise.heal import course_of, tells_ends
from firstresponder.noise.incidents import Incident, incidents_of, noise_of
from firstresponder.noise.kinds import Kind, Kinds
from firstresponder.noise.lead import wide_leads_of
from firstresponder.noise.limits import MAX_KINDS, MAX_PROPOSALS, WINDOW
from firstresponder.noise.meaning import guesses_of
from firstresponder.noise.places import strong
from firstresponder.noise.proposal import Proposal
from firstresponder.noise.propose import Analysed, proposals_of

SHORT = 10 * WINDOW


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `incidents` in order of importance; `kinds` holds their members."""

    sources: tuple[Source, ...]
    count: int
    unparsed: Sequence[tuple[str, str]]  # line and why; the first of them where not all are kept
    unparsed_count: int
    incidents: Sequence[Incident]
    proposals: Sequence[Proposal]
    notes: tuple[str, ...]
    kinds: Sequence[Kind]

    def members(self, incident: Incident) -> Iterator[str]:
        """Yield the original lines of an incident, those of what it is called after first."""
        for number in incident.kinds:
            yield from self.kinds[number].members


def report_of(stream: Kinds, sources: Sequence[Source], actions: Collection[str]) -> Report:
    """Return the answer for what was read. `actions`: the ids of the catalog of actions."""
    kinds = list(stream.kinds.values())
    ends = tells_ends(kinds)
    courses = [course_of(kind, ends=ends) for kind in kinds]
    leads = wide_leads_of(
        [course.starts for course in courses], [strong(kind.scope) for kind in kinds], [kind.key for kind in kinds]
    )
    guesses = guesses_of(kinds, courses, noise_of(kinds, courses))
    incidents = incidents_of(kinds, courses, leads, guesses)
    found = Analysed(stream=stream, kinds=kinds, courses=courses, leads=leads, incidents=incidents)
    proposals, more = proposals_of(found, actions)
    starts = [start for course in courses if course.starts for start in (course.starts[0], course.starts[-1])]
    return Report(
        sources=tuple(sources),
        count=stream.count,
        unparsed=stream.unparsed,
        unparsed_count=stream.unparsed_count,
        incidents=incidents,
        proposals=proposals,
        notes=tuple(_notes(stream, starts, more, ends=ends)),
        kinds=kinds,
    )


def _notes(stream: Kinds, starts: Sequence[float], more: int, *, ends: bool) -> Iterator[str]:
    """What this stream cannot tell, and which limits were reached."""
    if stream.count and not starts:
        yield (
            "there are no times in it: what leads and what follows cannot be measured, and how long anything took is not known; "
            "what is said of that comes from the words and is marked as a hypothesis"
        )
    elif starts and max(starts) - min(starts) < SHORT:
        yield f"it spans less than {SHORT / 60:.0f} min: too short to measure what leads and what follows"
    if stream.count and not ends:
        yield "it does not tell when or whether anything ended: what heals by itself cannot be proven with it"
    if stream.crowded:
        yield f"more than {MAX_KINDS:,} kinds: {stream.crowded:,} alerts that came after them are put together by how they sound"
    if more:
        yield f"{more} more proposals are not listed: at most {MAX_PROPOSALS // 5} of a kind, for the most important incidents"
