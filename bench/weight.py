"""What an installation weighs, ours beside others: disk and the CPU of `--help`, each in a fresh environment.

    python bench/weight.py                                     # this checkout
    python bench/weight.py robusta-cli:robusta holmesgpt:holmes   # and others: PACKAGE:PROGRAM

MB (10^6 bytes of used disk) of site-packages with bytecode, without pip and setuptools; CPU seconds (user and system) of
`PROGRAM --help`, the smallest of some runs after a first one. Needs a package index.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 5
BLOCK = 512  # what st_blocks counts in
TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")


def main() -> None:
    """Measure each and print a table."""
    wanted = [("firstresponder", str(ROOT), "firstresponder")]
    for word in sys.argv[1:]:
        package, _, program = word.partition(":")
        wanted.append((package, package, program or package))
    print("| package | version | MB | CPU s of `--help` |\n|---|---|---|---|")
    for name, source, program in wanted:
        with tempfile.TemporaryDirectory(prefix="weight-") as folder:
            place = Path(folder)
            venv.create(place, with_pip=True)
            subprocess.run([place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", source], check=True)
            version = subprocess.run(
                [place / "bin/python", "-c", f"from importlib.metadata import version; print(version({name!r}))"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            print(f"| {name} | {version} | {_megabytes(place):.0f} | {_cpu(place / 'bin' / program):.2f} |", flush=True)


def _megabytes(place: Path) -> float:
    (packages,) = place.glob("lib/python3*/site-packages")
    counted = [each for each in packages.iterdir() if not each.name.startswith(TOOLS)]
    files = [path for each in counted for path in ([each] if each.is_file() else each.rglob("*")) if path.is_file()]
    return sum(path.stat().st_blocks * BLOCK for path in files) / 1e6


def _cpu(program: Path) -> float:
    figures = []
    for _ in range(RUNS + 1):
        before = os.times()
        subprocess.run([program, "--help"], capture_output=True, check=True)
        after = os.times()
        spent = (after.children_user - before.children_user) + (after.children_system - before.children_system)
        figures.append(spent)
    return min(figures[1:])


if __name__ == "__main__":
    main()
