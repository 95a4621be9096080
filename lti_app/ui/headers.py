"""Headers of every answer: what a browser may load for it, who may frame it, https only.

Flask-Talisman, which stood here, knows one policy for all, overwrites what a page says of itself,
and took a twelfth of a launch's time to write five headers that never change.
"""

from flask import Flask, Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

POLICY = "; ".join(
    (
        "default-src 'self'",  # scripts and styles are files of ours, none stand in a page
        "img-src 'self' data: blob:",  # blob: a photo looked at before it is sent
        "frame-src https:",  # activities that their sites allow to be shown here
        "object-src 'none'",
        "base-uri 'none'",
        "form-action *",  # a launch posts to the platform's address, whichever it is
    )
)
ALWAYS = {"X-Content-Type-Options": "nosniff", "Permissions-Policy": "browsing-topics=()"}
UNLESS_SAID = {"Referrer-Policy": "strict-origin-when-cross-origin"}
A_YEAR_S = 365 * 24 * 3600
CSP = "Content-Security-Policy"
ANCESTORS = "pathways.ancestors"
"""Extension: a function that says which origins may frame the answer at hand."""


def init_app(app: Flask, *, is_https: bool) -> None:
    """Add the headers; an installation on https sends everybody there, and says so to browsers."""
    always = dict(ALWAYS)
    if is_https:
        always["Strict-Transport-Security"] = f"max-age={A_YEAR_S}; includeSubDomains"
        app.before_request(_to_https)

    @app.after_request
    def _add(response: Response) -> Response:
        headers = response.headers
        ancestors = sorted(current_app.extensions.get(ANCESTORS, frozenset)())
        policy = " ".join((POLICY + "; frame-ancestors 'self'", *ancestors))
        said = headers.get(CSP)  # by a page that allows less
        headers[CSP] = f"{policy}; {said}" if said else policy
        headers.extend(always)
        for name, value in UNLESS_SAID.items():
            headers.setdefault(name, value)
        return response


def _to_https() -> BaseResponse | None:
    # A proxy's word is enough here, also that of one we were not told to trust: whoever makes it up
    # only goes without the redirect.
    if request.is_secure or request.headers.get("X-Forwarded-Proto") == "https":
        return None
    return redirect(request.url.replace("http://", "https://", 1))
