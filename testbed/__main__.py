"""`python -m testbed up|down|status`, and `python -m testbed postgres up|down|url`.

Exit codes: 0 done (status: up and healthy), 1 failed, 2 this machine lacks something, 3 down, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from testbed import lifecycle, postgres, state, status
from testbed.console import complain, say
from testbed.layout import Layout, default_folder
from testbed.problem import BedError, NotReadyError, NotUpError

DOWN = 3


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    whole = argparse.ArgumentParser(prog="python -m testbed", description="A real Kubernetes node on this machine.")
    commands = whole.add_subparsers(dest="command", required=True)
    for name, text in (
        ("up", "start it, or say that it is up"),
        ("down", "end it and remove its traces"),
        ("status", "show each part; exit 0 when up and healthy, 3 when not"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--dir", type=Path, default=None, help="state folder (default: .testbed in the repository)")
        if name == "up":
            command.add_argument(
                "--control-plane-only", action="store_true", help="no node and no monitoring; needs no root, no packages"
            )
        if name == "status":
            command.add_argument("--json", action="store_true", help="for programs")
    alone = commands.add_parser("postgres", help="a throw-away PostgreSQL alone, no root needed")
    alone.add_argument("what", choices=("up", "down", "url"), help="start it, end it, or print its address")
    alone.add_argument("--dir", type=Path, default=None, help="state folder (default: .testbed-postgres in the repository)")
    return whole


def main() -> int:
    """Run one command."""
    chosen = parser().parse_args()
    alone = chosen.command == "postgres"
    layout = Layout.of(chosen.dir or default_folder().with_name(".testbed-postgres" if alone else ".testbed"))
    try:
        return _run(chosen, layout)
    except NotReadyError as error:
        complain(str(error))
        return 2
    except NotUpError as error:
        complain(str(error))
        return DOWN
    except BedError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("interrupted")
        return 130


def _run(chosen: argparse.Namespace, layout: Layout) -> int:
    if chosen.command == "postgres":
        return _postgres(chosen.what, layout)
    if chosen.command == "up":
        now = lifecycle.bring_up(layout, control_plane_only=chosen.control_plane_only, say=say)
        say(f"kubectl:      {now.kubectl} --kubeconfig {layout.kubeconfig}")
        for name in ("prometheus", "alertmanager"):
            if name in now.ports:
                say(f"{name + ':':13} http://127.0.0.1:{now.ports[name]}")
        if postgres.url(now):
            say(f"PostgreSQL:   {postgres.url(now)}")
        return 0
    if chosen.command == "down":
        say("down" if lifecycle.take_down(layout, say) else f"nothing to take down in {layout.root}")
        return 0
    report = status.report(layout)
    say(json.dumps(report, indent=1) if chosen.json else status.text(report))
    return 0 if report["healthy"] else DOWN


def _postgres(what: str, layout: Layout) -> int:
    if what == "down":
        now = state.load(layout)
        if now is not None and now.up:
            raise NotReadyError(f"{layout.root} is a whole testbed's: python -m testbed down --dir {layout.root}")
        say("down" if lifecycle.take_down(layout, say) else f"nothing to take down in {layout.root}")
        return 0
    now = lifecycle.bring_up_postgres(layout, say) if what == "up" else state.load(layout)
    if now is None or not postgres.url(now):
        raise NotUpError(f"No PostgreSQL is up in {layout.root}. Start one: python -m testbed postgres up --dir {layout.root}")
    say(postgres.url(now))
    return 0


if __name__ == "__main__":
    sys.exit(main())
