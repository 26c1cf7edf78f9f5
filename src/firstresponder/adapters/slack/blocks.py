"""A card as one Slack message. Pure.

Order of the message is order of need: what, where it stands, since when, the likely cause and how sure, the proof, the
change, the proposal and its diff, what is not confirmed, why not, alternatives, what was decided and what came of it,
the buttons. Slack takes 50 blocks and, undocumented, some 12,000 characters in all: each part has its share, and what
is left out is said, with where the whole of it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from firstresponder.adapters.slack import buttons, shapes, text
from firstresponder.adapters.slack.shapes import Shape
from firstresponder.model import Ask, Card, Line

Controls = Literal["all", "none"]
"""Which buttons a sink can take: those that come back to us, or none (a link is written out instead)."""

WHOLE = 1.0
SHORT = 0.3
"""How much of its share each part gets; SHORT is for a message that Slack found too long."""

RISKY = 2
"""The tier from which Slack asks once more before an approval counts."""

FALLBACK = 400  # characters of what a notification shows
LONGEST_LINE = 2500
EVENT = "firstresponder_incident"
LINE_EVENT = "firstresponder_line"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: `text` is for notifications and for readers that show no blocks."""

    text: str
    blocks: list[Shape]


def make_message(card: Card, *, controls: Controls = "all", share: float = WHOLE, mention: str = "") -> Message:
    """Return the card as a message; `mention` is called."""
    blocks = [shapes.mention(mention)] if mention else []
    blocks += [shapes.header(_title(card)), shapes.rich(*_where(card, share))]
    blocks += [shapes.rich(*part) for part in _parts(card, share) if part]
    if card.ask is not None:
        blocks.append(shapes.rich(_offer(card, card.ask, controls)))
    row = _buttons(card) if controls == "all" else []
    if row:
        blocks.append({"type": "actions", "block_id": f"firstresponder.{card.facts[:16]}", "elements": row})
    else:
        blocks += _link(card)
    return Message(text=fallback(card), blocks=blocks[: shapes.MOST_BLOCKS])


def fallback(card: Card, more: str = "") -> str:
    """Say it in one line of plain text, escaped."""
    said = f"{_title(card)}: {more or card.status}".strip(": ")
    return text.escape(text.line(said, FALLBACK))


def make_news(card: Card, news: Sequence[str], *, mention: str = "") -> Message:
    """Return what is new about an incident that was told before, for a sink that cannot bring a message up to date."""
    blocks = [shapes.mention(mention)] if mention else []
    blocks += [shapes.header(_title(card)), shapes.rich(shapes.bullets(text.last(news, 1500, 400, _whole(card))))]
    return Message(text=fallback(card, news[-1]), blocks=blocks + _link(card))


def make_line(line: Line, *, mention: str = "") -> Message:
    """Return one thing that happened; `mention` is called if the line is loud."""
    said = text.lines(line.text, LONGEST_LINE).strip() or "(nothing was said)"
    when = f"{line.at:%H:%M:%S} UTC  "
    blocks = [shapes.mention(mention)] if mention and line.loud else []
    blocks.append(shapes.rich(shapes.para(shapes.run(when), shapes.run(said, bold=line.loud))))
    return Message(text=text.escape(text.line(when + said, FALLBACK)), blocks=blocks)


def make_answer(said: str) -> Message:
    """Return a private answer to somebody who clicked."""
    words = text.lines(said, LONGEST_LINE).strip() or "Nothing was done."
    return Message(text=text.escape(text.line(words, FALLBACK)), blocks=[shapes.rich(shapes.para(shapes.run(words)))])


def _title(card: Card) -> str:
    title = text.line(card.title, 125) or f"Incident {card.incident_id}"
    severity = text.line(card.severity.upper(), 20)
    return f"{severity} · {title}" if severity not in ("", "NONE") else title


def _url(card: Card) -> str:
    """Return the link to the console if Slack can take it; half a link is none."""
    usable = card.link.startswith(("https://", "http://")) and card.link.isascii() and card.link.isprintable()
    return card.link if usable and len(card.link) <= shapes.LINK else ""


def _link(card: Card) -> list[Shape]:
    url = _url(card)
    return [shapes.rich(shapes.para(shapes.link(url, "Open in the console")))] if url else []


def _whole(card: Card) -> str:
    command = f"firstresponder incident show {text.line(card.incident_id, 60)}"
    return f"all of it is in the console, or: {command}" if card.link else f"all of it: {command}"


def _where(card: Card, share: float) -> list[Shape]:
    subject = text.line(card.subject, 120)
    place = " in ".join(part for part in (subject, text.line(card.namespace, 70)) if part)
    facts = [
        place,
        f"since {card.since:%Y-%m-%d %H:%M} UTC",
        f"{card.firing} of {card.alerts} alerts firing" if card.alerts != 1 else ("firing" if card.firing else "resolved"),
        f"came back {card.recurrence}x" if card.recurrence else "",
        f"{text.line(card.owner, 80)} has it" if card.owner.strip() else "",
    ]
    status = text.line(card.status, _of(320, share)) or card.phase.value
    return [shapes.para(shapes.run(status, bold=True), shapes.run("\n" + " · ".join(fact for fact in facts if fact)))]


def _parts(card: Card, share: float) -> list[list[Shape]]:
    """Everything that is known, part by part; a part without content is empty."""
    whole = _whole(card)
    sure = f" ({card.confidence:.0%} sure)" if card.confidence is not None else ""
    return [
        _said(f"Likely cause{sure}", card.cause, _of(600, share)),
        _coded("Proof", "\n".join(text.first(card.proof, _of(1200, share), _of(400, share), whole))),
        _said("What changed", card.change, _of(300, share)),
        _said("Proposal", card.proposal, _of(500, share)),
        _coded("What would change" if card.proposal else "Diff of that change", text.head(card.diff, _of(2000, share), whole)),
        _listed("Not confirmed", text.first(card.unconfirmed, _of(600, share), 240, whole)),
        _listed("Why not", text.first(card.why_not, _of(600, share), 240, whole)),
        _listed("It could also be", text.first(card.alternatives, _of(400, share), 200, whole)),
        _said("Decided", card.decided, 240),
        _listed("What came of it", text.last(card.outcomes, _of(600, share), 240, whole)),
    ]


def _of(most: int, share: float) -> int:
    return max(60, int(most * share))


def _said(label: str, value: str, limit: int) -> list[Shape]:
    short = text.line(value, limit)
    return [shapes.para(shapes.run(f"{label}: ", bold=True), shapes.run(short))] if short else []


def _coded(label: str, value: str) -> list[Shape]:
    return [shapes.para(shapes.run(label, bold=True)), shapes.code(value)] if value.strip() else []


def _listed(label: str, values: Sequence[str]) -> list[Shape]:
    return [shapes.para(shapes.run(label, bold=True)), shapes.bullets(values)] if values else []


def _offer(card: Card, ask: Ask, controls: Controls) -> Shape:
    """Until when the question stands; and how to answer it where no button can."""
    until = f"The offer stands until {ask.expires_at:%H:%M:%S} UTC" if ask.expires_at else "The offer stands"
    runs = [shapes.run(f"{until}; silence is no. Plan {ask.plan_digest[:12]}.")]
    if controls == "none":
        command = f"firstresponder approve {text.line(card.incident_id, 60)} --plan {ask.plan_digest[:12]} --by YOU"
        runs += [shapes.run("\nDecide in the console, or: "), shapes.run(command, code=True)]
    return shapes.para(*runs)


def _buttons(card: Card) -> list[Shape]:
    """Those that decide stand only below a question."""
    row: list[Shape] = []
    if card.ask is not None:
        value = buttons.encode(buttons.About(incident=card.incident_id, plan=card.ask.plan_digest))
        label = text.line(card.ask.label, 50) or "the proposal"
        confirm = _confirm(card, card.ask, label) if card.ask.tier >= RISKY else None
        row.append(shapes.button(buttons.APPROVE, f"Approve: {label}", value, style="primary", confirm=confirm))
        row.append(shapes.button(buttons.REJECT, "Reject", value))
        if card.may_take_over:
            row.append(shapes.button(buttons.TAKE_OVER, "Take over", value))
    if row and (url := _url(card)):
        row.append(shapes.button(buttons.OPEN, "Open in the console", url=url))
    return row


def _confirm(card: Card, ask: Ask, label: str) -> Shape:
    irreversible = ask.tier > RISKY
    question = f"{'This cannot be undone. ' if irreversible else ''}{text.line(card.proposal, 220) or label}"
    style = "danger" if irreversible else "primary"
    return shapes.confirmation(f"Approve: {label}?", question, yes="Approve", no="Not now", style=style)
