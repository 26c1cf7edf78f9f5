"""The API page: every route, every status, and examples that answer as shown."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from itertools import pairwise
from typing import Any, get_args

import pytest

from firstresponder.testing.app import FakeResponder
from firstresponder.web import api as routes
from firstresponder.web import docs, faults
from firstresponder.workflow.answers import Answer
from tests.docs.conftest import TOKEN
from tests.docs.pages import Block, blocks, names, page, prose, table

PAGE = page("docs/http-api.md")
DEFAULT = "http://127.0.0.1:8000"
ANY = "…"


def curl(command: str, url: str) -> tuple[int, Any]:
    """Do what `curl -s …` would, for the options that the pages use; an option that is not known here is an error."""
    words = shlex.split(command.replace("$TOKEN", TOKEN).replace("\\\n", " "))
    assert words.pop(0) == "curl"
    headers, data, method, where = {}, None, "GET", ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            data, method = words.pop(0).encode(), "POST"
        elif word == "-X":
            method = words.pop(0)
        elif word != "-s":
            assert not word.startswith("-"), word
            where = word.replace(DEFAULT, url)
    request = urllib.request.Request(where, data=data, headers=headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def fits(shown: Any, got: Any) -> bool:
    """Whether an answer holds everything that the page shows of it."""
    if shown == ANY:
        return bool(got)
    if isinstance(shown, dict):
        return isinstance(got, dict) and all(key in got and fits(value, got[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return isinstance(got, list) and len(shown) == len(got) and all(map(fits, shown, got))
    return bool(shown == got)


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
        _, got = curl(ask.text, api)
        assert fits(json.loads(answer.text), got), f"line {ask.line}: {got}"


def test_the_call_of_the_readme_approves(api: str) -> None:
    """The README's curl names an incident and a plan as the API wants them: it is accepted, or was decided before."""
    (block,) = blocks(page("README.md"), "sh curl")
    status, got = curl(block.text, api)
    assert status in {200, 409}
    assert got["decided_by"] == "ann"


def test_without_the_token_the_api_says_so(api: str) -> None:
    """A call without the token is answered 401, as the page says."""
    assert curl(f"curl -s {DEFAULT}/api/v1/incidents", api)[0] == 401


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
