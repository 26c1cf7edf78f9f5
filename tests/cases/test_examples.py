"""The recorded incidents, each played through resolve, collect and diagnose."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from firstresponder.diagnosis.catalog import DETECTORS
from firstresponder.diagnosis.view import occurs

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE / "examples").glob("*.json"))


def _run() -> Any:
    spec = importlib.util.spec_from_file_location("cases_run", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RUN = _run()


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
async def played(request: pytest.FixtureRequest) -> Any:
    """Play one example."""
    return await RUN.play(request.param)


def test_there_are_ten_examples() -> None:
    """The folder holds the ten recordings that the tests below run over."""
    assert len(EXAMPLES) == 10


async def test_top_1_is_right_where_a_detector_for_the_class_exists(played: Any) -> None:
    """Where the catalog has a detector for the expected class, the first hypothesis is accepted; else none is likely."""
    if played.expected["cause_class"] in DETECTORS:
        assert played.first in played.accepted
    else:
        assert all(h.confidence < 0.5 for h in played.diagnosis.hypotheses)
        assert played.diagnosis.hypotheses or played.diagnosis.abstained


async def test_crash_after_deploy_is_never_said_of_another_cause(played: Any) -> None:
    """No example whose accepted classes lack crash-after-deploy gets that hypothesis, at any rank."""
    said = {h.cause_class for h in played.diagnosis.hypotheses}
    assert "crash-after-deploy" not in said - played.accepted


async def test_a_likely_hypothesis_names_the_expected_target(played: Any) -> None:
    """The target of a hypothesis of 0.5 or more is the object that is expected to be changed."""
    for hypothesis in played.diagnosis.hypotheses:
        if hypothesis.confidence >= 0.5:
            assert str(hypothesis.target) == played.expected["target"]


async def test_every_quote_occurs_in_the_evidence_that_it_cites(played: Any) -> None:
    """Each citation names an evidence of the set and quotes it literally."""
    items = {item.id: item for item in played.evidence.items}
    for hypothesis in played.diagnosis.hypotheses:
        assert hypothesis.citations
        for citation in hypothesis.citations:
            assert occurs(items[citation.evidence], citation.quote)


async def test_causes_are_those_of_the_taxonomy(played: Any) -> None:
    """Every cause class that is said, and every one that a detector is listed under, is in the taxonomy."""
    classes = json.loads((HERE / "taxonomy.json").read_text())["classes"]
    assert {h.cause_class for h in played.diagnosis.hypotheses} | DETECTORS.keys() <= classes.keys()


async def test_expected_is_no_input(played: Any, tmp_path: Path) -> None:
    """An example whose `expected` says something else is diagnosed the same."""
    source = json.loads((HERE / "examples" / f"{played.name}.json").read_text())
    source["expected"] = {**source["expected"], "cause_class": "traffic-surge", "target": "Deployment/other"}
    path = tmp_path / f"{played.name}.json"
    path.write_text(json.dumps(source))
    assert (await RUN.play(path)).diagnosis == played.diagnosis
