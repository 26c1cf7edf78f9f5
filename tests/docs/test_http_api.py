"""The API page: every route, every status, and examples that answer as shown."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import get_args

import pytest

from firstresponder.testing.app import FakeResponder
from firstresponder.web import api as routes
from firstresponder.web import docs, faults
from firstresponder.workflow.answers import Answer
from tests.docs.calls import DEFAULT, curl, fits
from tests.docs.conftest import TOKEN
from tests.docs.pages import Block, blocks, names, page, prose, table

PAGE = page("docs/http-api.md")


def test_the_examples_answer_as_shown(api: str) -> None:
    """Each curl of the page, in order, is answered with what stands below it."""
    pairs: list[tuple[Block, Block]] = []
    found = blocks(PAGE)
    for ask, answer in pairwise(found):
        if ask.info == "sh curl":
            assert answer.info == "json answer", f"line {ask.line}: an example without its answer"
            pairs.append((ask, answer))
    assert len(pairs) >= 6
    for ask, answer in pairs:
        _, got = curl(ask.text, api, TOKEN)
        assert fits(json.loads(answer.text), got), f"line {ask.line}: {got}"


def test_the_call_of_the_readme_approves(api: str) -> None:
    """The README's curl names an incident and a plan as the API wants them: it is accepted, or was decided before."""
    (block,) = blocks(page("README.md"), "sh curl")
    status, got = curl(block.text, api, TOKEN)
    assert status in {200, 409}
    assert got["decided_by"] == "ann"


def test_without_the_token_the_api_says_so(api: str) -> None:
    """A call without the token is answered 401, as the page says."""
    assert curl(f"curl -s {DEFAULT}/api/v1/incidents", api, TOKEN)[0] == 401


def test_every_route_is_documented_and_no_other() -> None:
    """The page's routes are those of /openapi.json, method by method."""
    document = docs.openapi(routes.build(FakeResponder()))
    there = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert {names(row[0])[0] for row in table(PAGE, "route")} == there


@pytest.mark.parametrize("status", sorted({*faults.MEANING, 413}))
def test_every_status_is_documented(status: int) -> None:
    """Each status that the API answers with has its line."""
    assert str(status) in {row[0] for row in table(PAGE, "status")}


def test_the_words_of_a_decision_are_documented() -> None:
    """Each word that an answer to a decision may carry stands on the page."""
    words = get_args(Answer.__annotations__["status"]) or tuple(routes.STATUS_OF)
    assert set(words) <= set(names(prose(PAGE)))
