"""Draw docs/pictures/flow.svg from the story's own names: `python docs/pictures/make_flow.py`.

The boxes are the three workflows of `workflow/respond.py` with their steps in order, read from its source, so that the
picture cannot name a step that does not exist. A test compares the file with what this makes.
"""
# ruff: noqa: INP001  # a script, not a package

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from firstresponder.workflow import respond

PICTURE = Path(__file__).with_name("flow.svg")
ROW, TOP, WIDTH, BOX, LEFT = 24, 96, 1000, 190, 20
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1b1f24}"
    ".t{font-weight:600;font-size:15px}.s{font-size:12.5px;fill:#57606a}"
    "rect{fill:#f6f8fa;stroke:#57606a;rx:8}.p{fill:#fff8e6;stroke:#9a6700}.w{fill:#fdeeee;stroke:#b42318}"
    "path{fill:none;stroke:#57606a;stroke-width:1.5}.d{stroke-dasharray:5 4}"
    "svg{background:#fff}"
)
ACROSS = {
    "alert": ("an alert", ("on disk before", "its 2xx goes out")),
    "ask": ("a person", ("reads the brief,", "approves this plan;", "silence is no")),
}
ORDER = ("alert", "investigate", "ask", "remediate", "close")
NOTES = {"investigate": "reads only", "remediate": "writes through the gate", "close": "our own store only"}


def steps(workflow: str) -> Iterator[str]:
    """Yield the steps of one workflow in the order of the source, as a reader would call them."""
    tree = ast.parse(inspect.getsource(getattr(respond, workflow)))
    found = [(node, node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [(call, verb.attr) for call, verb in found if isinstance(verb, ast.Attribute)]
    seen: list[str] = []
    for call, verb in sorted(calls, key=lambda pair: (pair[0].lineno, pair[0].col_offset)):
        words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        name = " ".join([verb, *words])
        if name not in seen and not (name == "end" and seen[-1:] != ["tell_undo"]):
            seen.append(name)
    yield from seen


def make() -> str:
    """Return the SVG."""
    parts = []
    most = max(len(list(steps(name))) for name in NOTES)
    height = TOP + most * ROW + 70
    gap = (WIDTH - 2 * LEFT - len(ORDER) * (BOX - 24)) / (len(ORDER) - 1)
    for place, name in enumerate(ORDER):
        x = LEFT + place * (BOX - 24 + gap)
        parts.append(_box(x, name))
        if place + 1 < len(ORDER):
            parts.append(f'<path marker-end="url(#a)" d="M{x + BOX - 24:.0f} {TOP - 28}h{gap - 6:.0f}"/>')
    back = LEFT + (BOX - 24 + gap) + (BOX - 24) / 2
    out = LEFT + 3 * (BOX - 24 + gap) + (BOX - 24) / 2
    low = height - 34
    down, up = _bottom("remediate"), _bottom("investigate") + 1
    parts.append(f'<path class="d" marker-end="url(#a)" d="M{out:.0f} {down}V{low}H{back:.0f}V{up}"/>')
    said = "changed, rejected or not proven: look again, the next rung, or handed over to a person"
    parts.append(f'<text class="s" x="{(back + out) / 2:.0f}" y="{low + 18}" text-anchor="middle">{said}</text>')
    arrow = '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    arrow += '<path d="M0 0L8 4L0 8z" style="fill:#57606a;stroke:none"/></marker></defs>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="The story of one incident: {escape(", ".join(ORDER))}"><style>{STYLE}</style>{arrow}'
        f'<rect width="{WIDTH}" height="{height}" style="fill:#fff;stroke:none"/>{"".join(parts)}</svg>\n'
    )


def _bottom(name: str) -> int:
    """Return where the box of a workflow ends: its head, its note and its steps."""
    return TOP - 60 + 54 + (len(list(steps(name))) + 1) * ROW


def _box(x: float, name: str) -> str:
    title, rows = ACROSS.get(name, (name, tuple(steps(name)) if name in NOTES else ()))
    kind = "p" if name in ACROSS else "w" if "writes" in NOTES[name] else ""
    height = 40 + (len(rows) + (name in NOTES)) * ROW
    lines = [f'<rect class="{kind}" x="{x:.0f}" y="{TOP - 60}" width="{BOX - 24}" height="{height + 14}" rx="8"/>']
    lines.append(f'<text class="t" x="{x + 12:.0f}" y="{TOP - 34}">{escape(title)}</text>')
    y = TOP - 10
    if name in NOTES:
        lines.append(f'<text class="s" x="{x + 12:.0f}" y="{y}">{NOTES[name]}</text>')
        y += ROW
    for number, row in enumerate(rows, start=1):
        words = f"{number}. {row.replace('_', ' ')}" if name in NOTES else row
        lines.append(f'<text x="{x + 12:.0f}" y="{y}">{escape(words)}</text>')
        y += ROW
    return "".join(lines)


if __name__ == "__main__":
    PICTURE.write_text(make(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}\n")
