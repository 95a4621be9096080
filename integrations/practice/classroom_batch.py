"""The practice Classroom's batches: many calls in one request, each answered for itself.

https://developers.google.com/workspace/classroom/best-practices/batch
"""

from email.message import Message
from email.parser import BytesParser
from uuid import uuid4

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice.mischief import Mischief

MOST_CALLS = 50


def make_blueprint(mischief: Mischief) -> Blueprint:
    """`/batch`, as the discovery document has it. Inner calls count, and suffer, one by one."""
    blueprint = Blueprint("classroom_batch", __name__)

    @blueprint.post("/batch")
    @mischief.on("classroom.batch")
    def batch() -> ResponseReturnValue:
        calls = _calls()
        if not calls or len(calls) > MOST_CALLS:
            said = f"The batch request must hold between 1 and {MOST_CALLS} calls."
            return jsonify(error={"code": 400, "message": said, "status": "INVALID_ARGUMENT"}), 400
        boundary = f"batch_{uuid4().hex}"
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        parts = b"".join(_answered(app, boundary, part) for part in calls)
        body = parts + f"--{boundary}--\r\n".encode()
        return Response(body, content_type=f"multipart/mixed; boundary={boundary}")

    return blueprint


def _calls() -> list[Message]:
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    whole = BytesParser().parsebytes(head + request.get_data())
    return [part for part in whole.walk() if part.get_content_type() == "application/http"]


def _answered(app: Flask, boundary: str, part: Message) -> bytes:
    """One call of the batch, made as if it had come alone."""
    line, _, rest = str(part.get_payload()).lstrip().partition("\n")
    method, path, _version = line.split(" ", 2)
    inner = BytesParser().parsebytes(rest.encode())
    headers = [(name, value) for name, value in inner.items() if name.lower() != "content-length"]
    with app.test_client() as client:
        answer = client.open(
            path, method=method, headers=headers, data=str(inner.get_payload()).encode()
        )
    shown = "".join(
        f"{name}: {value}\r\n"
        for name, value in answer.headers
        if name in ("Content-Type", "Retry-After")
    )
    content_id = str(part["Content-ID"] or "").replace("<", "<response-", 1)
    head = (
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: {content_id}\r\n\r\n"
        f"HTTP/1.1 {answer.status}\r\n{shown}\r\n"
    )
    return b"".join((head.encode(), answer.get_data(), b"\r\n"))
