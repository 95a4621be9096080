"""The practice LMS and Classroom as one application, and as a server in a thread for tests."""

import logging
import socket
import threading
from types import TracebackType

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from integrations.practice import (
    classroom_api,
    classroom_batch,
    classroom_pages,
    classroom_quota,
    google_oauth,
    lti_people,
    lti_services,
    lti_web,
    mischief,
    notices,
    pages,
    registration,
)
from integrations.practice.classroom_content import WORKS, Work
from integrations.practice.classroom_registrations import Registrations
from integrations.practice.classroom_store import PracticeClassroom
from integrations.practice.google_oauth import PracticeGoogle
from integrations.practice.platform import PracticePlatform, PracticeTool
from integrations.practice.pubsub import PracticePubSub
from integrations.practice.school import PracticeSchool

CLIENT_ID = "pathways-practice"
DEPLOYMENT_ID = "practice-1"
GOOGLE_CLIENT_ID = "practice.apps.example.org"
GOOGLE_CLIENT_SECRET = "practice-secret"  # noqa: S105 - of a practice server on loopback


def tool_at(
    url: str, client_id: str = CLIENT_ID, deployment_id: str = DEPLOYMENT_ID
) -> PracticeTool:
    """Pathways at `url`, registered with the practice platform."""
    return PracticeTool(
        client_id=client_id,
        deployment_id=deployment_id,
        login_url=f"{url}/lti/login",
        launch_url=f"{url}/lti/launch",
        jwks_url=f"{url}/lti/jwks",
    )


def create_practice_app(
    platform: PracticePlatform,
    classroom: PracticeClassroom,
    registrations: Registrations,
    google: PracticeGoogle,
) -> Flask:
    """All blueprints together."""
    app = Flask(__name__, static_folder=None)
    wrong = platform.mischief
    app.register_blueprint(pages.make_blueprint(platform, classroom))
    app.register_blueprint(lti_web.make_blueprint(platform))
    app.register_blueprint(lti_services.make_blueprint(platform))
    app.register_blueprint(notices.make_blueprint(platform))
    app.register_blueprint(lti_people.make_blueprint(platform))
    app.register_blueprint(registration.make_blueprint(platform))
    app.register_blueprint(mischief.make_blueprint(wrong))
    app.register_blueprint(google_oauth.make_blueprint(google, wrong))
    app.register_blueprint(classroom_batch.make_blueprint(wrong))
    app.register_blueprint(classroom_quota.make_blueprint(classroom.quota))
    app.register_blueprint(classroom_pages.make_blueprint(platform, classroom, google))
    app.register_blueprint(classroom_api.make_blueprint(classroom, registrations, google, wrong))
    return app


class _Quiet(WSGIRequestHandler):
    """No line a request: the practice LMS is asked thousands of times in a test."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class PracticeServer:
    """The practice LMS on a loopback port, in a thread: `with PracticeServer(…) as practice:`."""

    def __init__(
        self,
        tool_url: str,
        school: PracticeSchool | None = None,
        *,
        port: int = 0,
        page_size: int = 10,
        token_seconds: int = 3600,
        line_item_query: str = "",
        client_id: str = CLIENT_ID,
        deployment_id: str = DEPLOYMENT_ID,
        works: tuple[Work, ...] = WORKS,
    ) -> None:
        self.school = school or PracticeSchool.small()
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mischief = mischief.Mischief()
        self.platform = PracticePlatform(
            self.school,
            [tool_at(tool_url, client_id, deployment_id)],
            self.url,
            self.mischief,
            page_size=page_size,
            token_seconds=token_seconds,
            line_item_query=line_item_query,
        )
        self.tool = self.platform.tools[client_id]
        self.google = PracticeGoogle(
            self.school,
            client_id=GOOGLE_CLIENT_ID,
            client_secret=GOOGLE_CLIENT_SECRET,
            token_seconds=token_seconds,
        )
        self.classroom = PracticeClassroom(self.school, own_client_id=GOOGLE_CLIENT_ID, works=works)
        self.pubsub = PracticePubSub(self.google, f"{tool_url}/classroom/changes")
        self.registrations = Registrations(self.classroom, self.pubsub)
        self.classroom.changes.tell = self.registrations.tell
        self._server: BaseWSGIServer | None = None

    def __enter__(self) -> "PracticeServer":
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = create_practice_app(self.platform, self.classroom, self.registrations, self.google)
        self._server = make_server(
            "127.0.0.1", self.port, app, threaded=True, request_handler=_Quiet
        )
        # Looks for the end every 20 ms: tests start and stop many.
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self.pubsub.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
