"""The whole server: what `bootstrap` built, with the web over it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from firstresponder import bootstrap
from firstresponder.web.app import create_app
from firstresponder.web.console.once import LoginCodes
from firstresponder.web.server import bound, server
from firstresponder.web.token import FILE, VARIABLE, load_or_make_token


def serve(
    host: str,
    port: int,
    data_dir: Path,
    config: Path | None,
    env: Mapping[str, str],
    *,
    replay: Sequence[Path] = (),
    speed: float = 1.0,
) -> int:
    """Run until SIGTERM or SIGINT and return the exit code.

    The address is taken first and answered on last: a second server on the same port changes nothing, and nobody is
    answered before alerts can be stored. `replay`: recordings in the place of a cluster. Raises BadConfig, BadRunbook,
    BadInput and Unhealthy, each with what to do.
    """
    with bound(host, port) as listener:
        application = bootstrap.build(data_dir, config, env, replay=replay, speed=speed)
        try:
            token = load_or_make_token(data_dir, env, bootstrap.make_token)
            codes = LoginCodes(application.clock, bootstrap.make_token)
            web = create_app(
                application.client,
                token=token,
                settings=application.settings.web,
                clock=application.clock,
                codes=codes,
                slack=application.inbox,
            )
            running = server(web)
            where = _address(listener.getsockname())
            kept = VARIABLE if env.get(VARIABLE, "").strip() else str(data_dir / FILE)
            running.tell = lambda: _tell(where, kept, codes)
            if replay:
                _say("THE CLUSTER IS A RECORDING: nothing real is read or changed")
            application.start()
            running.run(sockets=[listener])
        finally:
            application.stop()
    return 0


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell(where: str, kept: str, codes: LoginCodes) -> None:
    """Say where to go. A login link is a key: it is shown to a person at a terminal, and never gets into a log file."""
    _say(f"listening on {where}; the token is in {kept}")
    if sys.stderr.isatty():
        here = where.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
        _say(f"log in once, within ten minutes: {here}/login?once={codes.make()}")


def _say(text: str) -> None:
    sys.stderr.write(f"firstresponder: {text}\n")
    sys.stderr.flush()
