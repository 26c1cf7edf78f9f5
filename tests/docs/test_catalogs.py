"""Every collector, detector, guard, action and runbook stands on the page of its kind, and nothing else does."""

from __future__ import annotations

import pytest

from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.evidence.catalog import COLLECTORS
from firstresponder.guard.catalog import CATALOG as GUARDS
from firstresponder.guard.check import Check
from firstresponder.model import OutcomeWord, Phase
from firstresponder.remediation.action import Action
from firstresponder.remediation.catalog import CATALOG as ACTIONS
from firstresponder.runbooks.load import load
from firstresponder.runbooks.schema import Runbook
from firstresponder.runbooks.shipped import shipped
from tests.docs.pages import ROOT, SOURCE, blocks, first_names, names, page, prose, table

ACTION_IDS = {action.id for action in ACTIONS}
ACTION_PAGES = page("docs/actions.md") + "\n" + page("docs/proposals.md")
CAUSES = set(DETECTORS)
SHIPPED = load(shipped(), actions=ACTION_IDS, causes=CAUSES)


def by_name(name: str, head: str) -> dict[str, list[str]]:
    """Return the rows of a table by the name in their first cell."""
    return {row[0].strip("`"): row for row in table(page(name), head)}


def test_the_collectors_are_those_of_the_catalog() -> None:
    """The page's collectors are the catalog's, in its order."""
    assert first_names(table(page("docs/diagnosis.md"), "collector")) == list(COLLECTORS)


def test_the_detectors_are_those_of_the_catalog() -> None:
    """The page's causes are the catalog's, in its order."""
    assert first_names(table(page("docs/diagnosis.md"), "cause")) == list(DETECTORS)


def test_the_guards_are_those_of_the_catalog() -> None:
    """The page's guards are the catalog's, in its order."""
    assert first_names(table(page("docs/guards.md"), "guard")) == [check.guard.name for check in GUARDS]


@pytest.mark.parametrize("check", GUARDS, ids=lambda check: check.guard.name)
def test_a_guard_is_documented_as_it_is(check: Check) -> None:
    """Its kind and whether it is heard on undo are those of the code; it says what it asks and what clears it."""
    _, kind, undo, asks, clears = by_name("docs/guards.md", "guard")[check.guard.name]
    assert kind == ("hard" if check.guard.hard else "advisory")
    assert undo == ("yes" if check.guard.undo else "no")
    assert asks
    assert clears


def test_the_actions_are_those_of_the_catalog() -> None:
    """The two pages' actions are the catalog's, in its order, and each has its own section."""
    assert first_names(table(ACTION_PAGES, "action")) == [action.id for action in ACTIONS]
    assert all(f"\n## {action.id}\n" in ACTION_PAGES for action in ACTIONS)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_is_documented_as_it_is(action: Action) -> None:
    """Its tier and kinds are those of the code."""
    row = {row[0].strip("`"): row for row in table(ACTION_PAGES, "action")}[action.id]
    assert row[1] == str(action.tier)
    assert row[2] == ", ".join(action.kinds)


def test_the_runbooks_are_those_that_are_shipped() -> None:
    """The page's runbooks are the library's."""
    assert first_names(table(page("docs/runbooks.md"), "runbook")) == [runbook.name for runbook in SHIPPED]


@pytest.mark.parametrize("runbook", SHIPPED, ids=lambda runbook: runbook.name)
def test_a_runbook_is_documented_as_it_is(runbook: Runbook) -> None:
    """Its causes, confidence, alerts and actions stand in its row."""
    _, what, ladder = by_name("docs/runbooks.md", "runbook")[runbook.name]
    assert set(names(what)) == {*(cause.cause for cause in runbook.causes), *runbook.match.alerts}
    assert all(f"from {cause.min_confidence:.0%} on" in what for cause in runbook.causes)
    assert names(ladder) == [step.action for step in runbook.ladder]


def test_the_examples_of_runbooks_load() -> None:
    """Every runbook on the page and in the examples is accepted beside the shipped ones."""
    texts = [(f"runbooks.md:{block.line}", block.text) for block in blocks(page("docs/runbooks.md"), "yaml runbook")]
    texts += [(path.name, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "examples/runbooks").glob("*.yaml"))]
    loaded = load([*shipped(), *texts], actions=ACTION_IDS, causes=CAUSES)
    assert len(texts) == 4
    assert len(loaded) == len(SHIPPED) + len(texts)


def test_how_to_add_names_files_that_exist() -> None:
    """Each catalog and test that the page on adding names is there."""
    text = page("docs/adding.md")
    rows = table(text, "new thing")
    kinds = {"collector", "detector", "guard", "action", "runbook"}
    assert kinds <= {row[0] for row in rows}
    for name in (name for row in rows for cell in row[2:] for name in names(cell)):
        if "/" in name and "<" not in name and " " not in name:
            assert (ROOT / name).exists() or (SOURCE / name).exists(), name
    for row in rows:
        folder = names(row[1])[0].rpartition("/")[0]
        assert not folder or (SOURCE / folder).is_dir(), folder


def test_the_words_are_those_of_the_code() -> None:
    """Every phase and every outcome is in the glossary."""
    text = prose(page("docs/glossary.md"))
    assert all(phase.value in text for phase in Phase)
    assert all(f"*{word.value}*" in text for word in OutcomeWord)


def test_the_changelog_names_every_cause_action_and_runbook() -> None:
    """What a user can get stands in the changelog."""
    told = set(names(page("CHANGELOG.md")))
    assert CAUSES | ACTION_IDS | {runbook.name for runbook in SHIPPED} <= told
