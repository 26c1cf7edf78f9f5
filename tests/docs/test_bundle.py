"""The page of bundles against the form and the command."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from msgspec.structs import fields

from firstresponder.adapters.replay.form import MOST_BYTES
from firstresponder.cli.diagnose import examine_bundle, shipped_runbooks
from firstresponder.cli.opinion import as_json
from firstresponder.model.bundle import After, Bundle, Recorded, Repair, Written
from firstresponder.workflow.offline import ESCALATE, NONE
from tests.docs.pages import blocks, first_names, names, page, prose, table
from tests.recorded import bad_release

PAGE = page("docs/bundle.md")


def test_every_key_is_described_and_no_other() -> None:
    """The table's keys are those of the form, and those inside of a recording are named in the text."""
    assert set(first_names(table(PAGE, "key"))) == {field.name for field in fields(Bundle)}
    inner = {field.name for form in (Recorded, Repair, Written, After) for field in fields(form)}
    assert inner <= set(names(prose(PAGE)))
    assert f"At most {MOST_BYTES // 1_000_000} MB" in PAGE


def test_what_is_required_is_said() -> None:
    """The page names exactly the keys without which a file is refused."""
    required = [field.name for field in fields(Bundle) if field.required]
    assert f"Only {', '.join(f'`{name}`' for name in required[:-1])} and `{required[-1]}` are required" in PAGE


def test_the_answer_has_the_form_that_is_shown() -> None:
    """What diagnose says of a bad release has the keys and the words of the page's example."""
    (shown,) = [json.loads(block.text) for block in blocks(PAGE, "text")]
    bundle = asyncio.run(bad_release())
    got = as_json(asyncio.run(examine_bundle(bundle, bundle.id, "x", shipped_runbooks())))
    assert _keys(shown[0]) == _keys(got) | {"gaps.what", "gaps.kind", "gaps.why"}
    for key in ("id", "action.id", "action.target", "hypotheses.cause_class", "hypotheses.target"):
        assert _at(shown[0], key) == _at(got, key)
    assert {ESCALATE, NONE} <= set(names(prose(PAGE)))


def _keys(value: Any, path: str = "") -> set[str]:
    if isinstance(value, list):
        return {key for each in value for key in _keys(each, path)}
    if isinstance(value, dict):
        return {key for name, each in value.items() for key in _keys(each, f"{path}{name}.") | {f"{path}{name}"}}
    return set()


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[0] if isinstance(value, list) else value
        value = value[name]
    return value
