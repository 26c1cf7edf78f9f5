"""What an installation weighs: the wheel in a fresh environment, as a user would have it. Needs a package index."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_MB = 120.0
"""Of site-packages without the installers, in MB (10^6 bytes) of disk that is used, with compiled bytecode."""
MOST_SECONDS = 0.5
"""Of CPU, user and system together, for `firstresponder --help`."""
INSTALLERS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")
EXTRAS = ("slack_bolt", "slack_sdk", "aiohttp", "uvloop")

CPU = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout, used.ru_utime + used.ru_stime]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, and install it with what it needs and nothing more."""
    folder = tmp_path_factory.mktemp("install")
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    )
    (wheel,) = folder.glob("firstresponder-*.whl")
    _run(sys.executable, "-m", "venv", str(folder / "venv"))
    _run(str(folder / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    return folder / "venv"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/python3*/site-packages")
    return found


def test_an_installation_without_extras_stays_small(environment: Path) -> None:
    """All that is installed takes at most 120 MB, and the extras are not among it."""
    sizes = {
        part.name: sum(file.lstat().st_blocks * 512 for file in [part, *part.rglob("*")])
        for part in _packages(environment).iterdir()
        if part.name.split("-")[0] not in INSTALLERS and part.name not in INSTALLERS
    }
    heaviest = sorted(sizes.items(), key=lambda row: -row[1])[:12]
    assert sum(sizes.values()) <= MOST_MB * 1e6, [f"{name} {size / 1e6:.1f} MB" for name, size in heaviest]
    assert sum(sizes.values()) > MOST_MB * 1e6 / 4, "that is too little to be an installation"
    assert not set(EXTRAS) & set(sizes)


def test_help_costs_little(environment: Path) -> None:
    """`firstresponder --help` takes less than half a second of CPU: the median of five, after one that warms the disk."""
    python, program = str(environment / "bin/python"), str(environment / "bin/firstresponder")
    seconds = []
    for number in range(6):
        code, said, used = json.loads(_run(python, "-c", CPU, program, "--help"))
        assert code == 0
        assert "diagnose" in said
        if number:
            seconds.append(used)
    assert sorted(seconds)[2] < MOST_SECONDS, seconds


def test_a_bundle_is_diagnosed_by_what_is_installed(environment: Path) -> None:
    """The runbooks and detectors are in the wheel: an example of the tests is diagnosed, without an extra."""
    example = ROOT / "tests/cases/examples/001-crashloop-bad-command.json"
    said = _run(str(environment / "bin/firstresponder"), "diagnose", "--format", "json", str(example))
    assert json.loads(said)[0]["hypotheses"][0]["cause_class"] == "bad-command"
