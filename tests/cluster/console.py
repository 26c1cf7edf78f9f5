"""The console for the browser's tests: the real web application over the fake one, and another site."""

from __future__ import annotations

import http.server
import threading
from datetime import datetime, timedelta

from msgspec.structs import replace

from firstresponder.adapters.clock import SystemClock
from firstresponder.config import Web
from firstresponder.model import Evidence, EvidenceSet, OutcomeWord, Phase, Resolution
from firstresponder.testing.app import DIGEST, TARGET, FakeResponder, example_brief, example_outcome, example_plan, example_view
from firstresponder.web.app import create_app
from firstresponder.web.server import Server, bound, server
from firstresponder.workflow.answers import IncidentView

TOKEN = "correct-horse-battery"
OTHER = "cd" * 32
PATIENCE = 30_000  # milliseconds; a busy machine is slow, a stuck page is a failure
INCIDENT = "/incidents/inc-0001"
PAGES = ("/", INCIDENT, f"{INCIDENT}/evidence", "/history", "/audit", "/health", "/console/patterns", "/login", "/incidents/none")
LOG = "\n".join(
    f"12:00:{n:02d} INFO a line of a log that is longer than any phone is wide, and has no place to break {n}" for n in range(60)
)


def now() -> datetime:
    """Return the time as a browser knows it, in whole seconds."""
    return SystemClock().now().replace(microsecond=0)


def fresh(incident_id: str = "inc-0001", *, phase: Phase = Phase.ASKING, minutes: int = 5, title: str = "") -> IncidentView:
    """Return the example incident as if it had happened just now, with a long log and a long name."""
    view, at = example_view(incident_id, phase=phase), now() - timedelta(minutes=minutes)
    incident = replace(
        view.incident,
        title=title or view.incident.title,
        opened_at=at,
        updated_at=at,
        closed_at=at if phase is Phase.CLOSED else None,
        ask_expires_at=at + timedelta(hours=1) if phase is Phase.ASKING else None,
    )
    evidence = EvidenceSet(
        incident_id=incident_id,
        n=1,
        resolution=Resolution(target=TARGET, how="named"),
        items=(Evidence(id="log:api", collector="logs", title="Log of api", at=at, text=LOG, truncated=True),),
        gaps=(),
        started_at=at,
        finished_at=at,
    )
    return replace(view, incident=incident, evidence=evidence, outcomes=(example_outcome(OutcomeWord.SUCCESSFUL),))


class Site:
    """The real web application over the fake one, on a port of its own; it can be stopped and started again."""

    def __init__(self) -> None:
        """Choose a port and start."""
        self.responder = FakeResponder()
        self.show(fresh())
        self.port = 0
        self.app = create_app(self.responder, token=TOKEN, settings=Web(), clock=SystemClock())
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def show(self, *views: IncidentView) -> None:
        """Have exactly these incidents."""
        self.responder.views = {view.incident.id: view for view in views}

    def ask(self, digest: str) -> None:
        """Ask for another plan of the same incident."""
        view = self.responder.views["inc-0001"]
        incident = replace(view.incident, plan_digest=digest, version=view.incident.version + 1)
        brief = replace(example_brief(), proposal="Roll back Deployment api from revision 5 to 3")
        self.show(replace(view, incident=incident, plan=replace(example_plan(), digest=digest), brief=brief))

    def start(self) -> None:
        """Answer."""
        self.running: Server = server(self.app)
        ready = threading.Event()
        self.running.tell = ready.set
        self.listener = bound("127.0.0.1", self.port)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.running.run, kwargs={"sockets": [self.listener]})
        self.thread.start()
        assert ready.wait(PATIENCE / 1000)

    def stop(self) -> None:
        """Answer no more."""
        self.running.should_exit = True
        self.thread.join(PATIENCE / 1000)
        self.listener.close()
        assert not self.thread.is_alive()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Another site: a link to an incident, and a form that wants to approve."""

    target = ""

    def do_GET(self) -> None:
        """Show both."""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(
            f'<a href="{self.target}{INCIDENT}">look</a><form method="post" action="{self.target}{INCIDENT}/approve">'
            f'<input name="plan" value="{DIGEST}"><button>win</button></form>'.encode()
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""
