"""A school run by the PyPI package `lti1p3platform`: a platform whose words are not ours."""

import itertools
import json
import threading
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Request, Response, jsonify, redirect, request
from lti1p3platform.exceptions import LineItemNotFoundException, LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.membership import Context
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request as PeerRequest
from lti1p3platform.response import Response as PeerResponse
from lti1p3platform.response import generate_next_link
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import (
    AssignmentsGradesService,
    NamesRoleProvisioningService,
    TPage,
)
from werkzeug.serving import make_server

ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


class PeerSchool:
    """One course with a roster and a gradebook, on loopback."""

    client_id = "peer-client"
    deployment_id = "peer-1"

    def __init__(self, tool_url: str) -> None:
        self.tool_url = tool_url
        self.members = [
            {"user_id": f"user-{n}", "name": f"Student {n}", "roles": [ROLE + "Learner"]}
            for n in range(5)
        ]
        self.line_items: dict[str, dict[str, Any]] = {}
        self.results: dict[str, dict[str, dict[str, Any]]] = {}
        self.numbers = itertools.count(1)
        self.tool_keys: dict[str, Any] = {}
        self.picking = False
        """True: its next launches ask for links to be picked."""
        self.picked: list[dict[str, Any]] | None = None
        """What came back from the last such launch."""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def registration(self) -> Registration:
        private = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        ours = Registration()
        ours.set_iss(self.url).set_client_id(self.client_id).set_deployment_id(self.deployment_id)
        ours.set_launch_url(self.tool_url + "/lti/launch")
        ours.set_oidc_login_url(self.tool_url + "/lti/login")
        if self.picking:
            ours.set_deeplink_launch_url(self.tool_url + "/lti/launch")
        ours.set_platform_public_key(public.decode()).set_platform_private_key(private.decode())
        ours.set_tool_key_set(self.tool_keys)
        return ours

    def login_url(self, user_id: str) -> str:
        """Where the platform sends a browser to begin."""
        return Login(None, Configuration(school=self)).initiate_login(user_id).location

    def _app(self) -> Flask:
        app = Flask(__name__)

        def configured() -> "Configuration":
            return Configuration(school=self)

        @app.get("/jwks")
        def jwks() -> Response:
            return jsonify(configured().get_jwks())

        @app.get("/auth")
        def auth() -> Any:
            return Launch(FlaskRequest(request), configured(), self).lti_launch()

        @app.post("/token")
        def token() -> Any:
            try:
                return jsonify(configured().get_access_token(request.form.to_dict()))
            except (LtiException, KeyError) as error:
                return jsonify(error=type(error).__name__), 400

        @app.post("/picked")
        def picked() -> Any:
            try:
                self.picked = configured().validate_deeplinking_resp(request.form.to_dict())
            except (LtiException, KeyError) as error:
                return jsonify(error=type(error).__name__), 400
            return jsonify(links=len(self.picked))

        @app.get("/members")
        def members() -> Response:
            service = Roster(FlaskRequest(request), configured(), self.url + "/members", self)
            return said(service.handle_resp(service.handle_get_members))

        @app.route("/items", methods=["GET", "POST"])
        def items() -> Response:
            service = Grades(FlaskRequest(request), configured(), self)
            made = service.handle_create_lineitem, service.handle_get_lineitems
            return said(service.handle_resp(made[request.method == "GET"]))

        @app.route("/items/<n>", methods=["GET", "PUT", "DELETE"])
        def item(n: str) -> Response:
            service = Grades(FlaskRequest(request), configured(), self)
            asked = {
                "GET": service.handle_get_lineitem,
                "PUT": service.handle_update_lineitem,
                "DELETE": service.handle_delete_lineitem,
            }
            return said(service.handle_resp(asked[request.method], line_item_id=n))

        @app.post("/items/<n>/scores")
        def scores(n: str) -> Response:
            service = Grades(FlaskRequest(request), configured(), self)
            return said(service.handle_resp(service.handle_update_score, line_item_id=n))

        @app.get("/items/<n>/results")
        def results(n: str) -> Response:
            service = Grades(FlaskRequest(request), configured(), self)
            return said(service.handle_resp(service.handle_get_results, line_item_id=n))

        return app


def said(answer: PeerResponse) -> Response:
    """The peer's answer as HTTP: pages carry their next one in a Link header."""
    body, headers = answer.result, {}
    if isinstance(body, dict) and body.get("next"):
        headers["Link"] = generate_next_link(body["next"])
    if isinstance(body, dict) and "content" in body:
        body = body["content"]
    text = "" if body is None else json.dumps(body)
    return Response(text, answer.code, headers, mimetype=answer.media_type)


class FlaskRequest(PeerRequest):
    def build_metadata(self, request: Request) -> Any:
        numbers = ("page", "limit")
        return {
            "method": request.method,
            "form_data": request.form.to_dict(),
            "json": request.get_json(force=True, silent=True),
            "get_data": {k: int(v) if k in numbers else v for k, v in request.args.items()},
            "headers": request.headers,
            "content_type": request.content_type,
            "path": request.path,
        }


class Configuration(LTI1P3PlatformConfAbstract):
    def init_platform_config(self, school: PeerSchool) -> None:
        self._registration = school.registration()

    def get_registration_by_params(self, **_given: Any) -> Registration:
        return self._registration


class Login(OIDCLoginAbstract):
    def set_lti_message_hint(self, **_given: Any) -> None:
        self._lti_message_hint = "link-1"

    def get_lti_message_hint(self) -> str:
        return "link-1"

    def get_redirect(self, url: str) -> Any:
        return redirect(url)


class Launch(LTIAdvantageMessageLaunchAbstract):
    def __init__(self, asked: PeerRequest, configuration: Configuration, school: PeerSchool):
        super().__init__(asked, configuration)
        self.school = school

    def prepare_launch(self, preflight_response: dict[str, Any]) -> None:
        user_id = preflight_response["login_hint"]
        role = "Instructor" if user_id == "teacher" else "Learner"
        self.set_user_data(user_id, [ROLE + role], full_name=f"Name of {user_id}")
        self.set_resource_link_claim(preflight_response["lti_message_hint"], title="Pathways")
        self.set_launch_context_claim("peer-course", context_title="Peer Math")
        self.set_ags(self.school.url + "/items")
        self.set_nrps(self.school.url + "/members?limit=2")
        if self.school.picking:
            self.set_dl(self.school.url + "/picked", title="Pick")

    def render_launch_form(self, launch_data: dict[str, Any], **_given: Any) -> Response:
        return jsonify(launch_data)


class Roster(NamesRoleProvisioningService):
    def __init__(self, asked: Any, configuration: Any, url: str, school: PeerSchool) -> None:
        super().__init__(asked, configuration, url)
        self.school = school

    def get_context_by_id(self) -> Context:
        return Context("peer-course", "PM", "Peer Math")

    def get_member_data_page(self, page: int = 1, limit: int | None = None, **_given: Any) -> TPage:
        size = limit or len(self.school.members)
        end = page * size
        rows = self.school.members[end - size : end]
        return {"content": rows, "has_next": end < len(self.school.members)}


class Grades(AssignmentsGradesService):
    def __init__(self, asked: Any, configuration: Any, school: PeerSchool) -> None:
        super().__init__(asked, configuration, school.url + "/items")
        self.school = school

    def find_lineitems(self, resource_id: str | None = None, **_given: Any) -> TPage:
        found = [
            item
            for item in self.school.line_items.values()
            if resource_id in {None, item.get("resourceId")}
        ]
        return {"content": found, "has_next": False}

    def find_lineitem(self, line_item_id: str) -> Any:
        if line_item_id not in self.school.line_items:
            raise LineItemNotFoundException
        return self.school.line_items[line_item_id]

    def create_lineitem(self, creation_data: Any) -> Any:
        number = str(next(self.school.numbers))
        made = {**creation_data, "id": f"{self.school.url}/items/{number}"}
        self.school.line_items[number] = made
        return made

    def update_lineitem(self, update_data: Any) -> Any:
        # The peer hands over the number in its own address; the item keeps its whole address.
        number = update_data["id"]
        self.find_lineitem(number)
        changed = {**update_data, "id": f"{self.school.url}/items/{number}"}
        self.school.line_items[number] = changed
        return changed

    def delete_lineitem(self, line_item_id: str) -> None:
        self.find_lineitem(line_item_id)
        del self.school.line_items[line_item_id]

    def update_score(self, line_item_id: str, score: Any) -> UpdateScoreStatus:
        self.find_lineitem(line_item_id)
        standing = self.school.results.setdefault(line_item_id, {})
        before = standing.get(score["userId"])
        if before is not None and before["timestamp"] >= score["timestamp"]:
            return UpdateScoreStatus.OLD_TIMESTAMP
        standing[score["userId"]] = score
        return UpdateScoreStatus.SUCCESS

    def get_results(self, line_item_id: str, user_id: str | None = None, **_given: Any) -> TPage:
        self.find_lineitem(line_item_id)
        rows = [
            {
                "userId": one,
                "resultScore": score["scoreGiven"],
                "resultMaximum": score["scoreMaximum"],
            }
            for one, score in self.school.results.get(line_item_id, {}).items()
            if user_id in {None, one}
        ]
        return {"content": rows, "has_next": False}
