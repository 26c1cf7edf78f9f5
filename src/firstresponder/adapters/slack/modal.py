"""The modal that asks why something is rejected, and the one that says that it came too late. Pure."""

from __future__ import annotations

from firstresponder.adapters.slack import blocks, buttons, shapes, text
from firstresponder.adapters.slack.buttons import About
from firstresponder.adapters.slack.shapes import Shape

LONGEST_REASON = 500


def ask_reason(about: About) -> Shape:
    """Return the modal; what it is about travels in it."""
    field = {
        "type": "plain_text_input",
        "action_id": buttons.REASON,
        "multiline": True,
        "min_length": 1,
        "max_length": LONGEST_REASON,
        "placeholder": shapes.plain("for the record, and for whoever looks next"),
    }
    return {
        "type": "modal",
        "callback_id": buttons.REASON,
        "private_metadata": buttons.encode(about),
        "title": shapes.plain("Reject the proposal"),
        "submit": shapes.plain("Reject"),
        "close": shapes.plain("Back"),
        "blocks": [
            shapes.rich(shapes.para(shapes.run(f"Incident {text.line(about.incident, 60)}, plan {about.plan[:12]}"))),
            {"type": "input", "block_id": buttons.REASON, "label": shapes.plain("Why not?"), "element": field},
        ],
    }


def show_answer(said: str) -> Shape:
    """Return a modal that only says something."""
    answer = blocks.make_answer(said)
    return {
        "type": "modal",
        "title": shapes.plain("Nothing was changed"),
        "close": shapes.plain("Close"),
        "blocks": answer.blocks,
    }
