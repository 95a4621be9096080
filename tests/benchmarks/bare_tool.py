"""A bare LTI tool, to compare with: Flask and pylti1p3 as its own pages show them, and no more.

Its configuration, its sessions and the platform's key set are kept in memory; it writes nobody,
and its launch answers with one line.
"""

from typing import Any

from flask import Flask, request
from pylti1p3.contrib.flask import (
    FlaskCacheDataStorage,
    FlaskMessageLaunch,
    FlaskOIDCLogin,
    FlaskRequest,
)
from pylti1p3.tool_config import ToolConfDict

from tests.launch.signer import Signer


class Memory:
    """What the library's storage asks of a cache."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any, _seconds: int | None = None) -> None:
        self.kept[key] = value


def bare_tool(signer: Signer, public_url: str) -> Flask:
    """The tool, with the signer's platform as its only one."""
    app = Flask(__name__)
    app.secret_key = "b" * 40
    storage = FlaskCacheDataStorage(Memory())
    configuration = ToolConfDict(
        {
            signer.issuer: [
                {
                    "client_id": signer.client_id,
                    "auth_login_url": signer.issuer + "/auth",
                    "auth_token_url": signer.issuer + "/token",
                    "key_set_url": None,
                    "key_set": {"keys": [signer.public_jwk(kid) for kid in signer.keys]},
                    "deployment_ids": [signer.deployment_id],
                }
            ]
        }
    )

    @app.get("/lti/login")
    def login() -> Any:
        begun = FlaskOIDCLogin(FlaskRequest(), configuration, launch_data_storage=storage)
        return begun.redirect(f"{public_url}/lti/launch")

    @app.post("/lti/launch")
    def launch() -> str:
        message = FlaskMessageLaunch(FlaskRequest(), configuration, launch_data_storage=storage)
        return f"Hello, {message.get_launch_data()['name']}"  # validates first

    @app.errorhandler(Exception)
    def said(error: Exception) -> tuple[str, int]:
        return f"{type(error).__name__}: {error} ({request.path})", 400

    return app
