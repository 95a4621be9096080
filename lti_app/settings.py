"""All that an installation can set, read once at start from `PATHWAYS_*` environment variables."""

import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

VAR = Path("var")
TOPIC = re.compile(
    r"projects/[a-z][a-z0-9.:-]{3,62}[a-z0-9]/topics/(?!goog)[A-Za-z][\w.~+%-]{2,254}", re.A
)
"""https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names"""
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Settings(BaseSettings):
    """One installation's settings; `deploy/pathways.env.example` lists them with their meaning."""

    model_config = SettingsConfigDict(env_prefix="PATHWAYS_", env_file=".env", extra="ignore")

    public_url: str = "http://127.0.0.1:8000"
    """Where browsers and platforms reach this tool, without a trailing slash."""

    secret_key: SecretStr
    """Signs cookies. At least 32 random characters."""

    encryption_keys: list[SecretStr]
    """Fernet keys for secrets in the database; the first encrypts, all decrypt (rotation)."""

    database_url: str = f"sqlite:///{VAR}/pathways.db"
    """SQLAlchemy address: `sqlite:///…` or `postgresql+psycopg://…`."""

    queue_url: str = f"sqlite:///{VAR}/queue.db"
    """Where jobs wait: `sqlite:///…`, `postgresql://…` or `redis://…`."""

    limits_url: str = "memory://"
    """Where rate limits are counted; `redis://…` when more than one web process runs."""

    files_url: str = f"folder:{VAR}/files"
    """Where students' photos and files are kept: `folder:<path>`, or
    `s3://<bucket>/<prefix>?endpoint=<address>&region=<name>` (extra `s3`)."""

    lease_seconds: float = 90
    """How long a worker may take to send one grade before another sends it again; longer than
    the slowest answer a client waits for (seconds)."""

    trusted_proxies: int = 0
    """How many reverse proxies stand in front and set `X-Forwarded-*`."""

    allow_loopback_http: bool = False
    """Development and tests only: platforms and APIs on http loopback addresses are accepted."""

    secure_loopback_cookies: bool = False
    """Development and tests only: cookies for iframes of other sites on http loopback, too, which
    Chromium and Firefox treat as secure."""

    many_people_per_browser: bool = False
    """Demo only: one browser may hold several people at once, to look on as teacher and student."""

    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    google_auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    google_revoke_url: str = "https://oauth2.googleapis.com/revoke"
    google_certs_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    """Google's public keys (RFC 7517), which sign who signed in."""
    classroom_api_url: str = "https://classroom.googleapis.com/"
    """Root of the Classroom API; the practice Classroom's address in the demo and tests."""

    google_minute_quota: int = Field(3_000, ge=10)
    """How many requests a minute Google lets our project make at the Classroom API."""
    google_user_minute_quota: int = Field(1_200, ge=10)
    """How many of them in one user's name."""
    google_day_quota: int = Field(4_000_000, ge=10)
    """How many a day, which begins at midnight Pacific time."""

    classroom_origins: list[str] = ["https://classroom.google.com"]
    """Where Classroom's own pages are, which show the add-on in their iframes."""

    pubsub_topic: str = ""
    """Pub/Sub topic that Google tells of changes in Classroom: `projects/…/topics/…`; empty:
    courses are only looked at every quarter of an hour."""
    pubsub_push_account: str = ""
    """E-mail address of the service account in whose name Pub/Sub pushes to us."""
    pubsub_audience: str = ""
    """What the pushes' tokens are for; empty: the address that is pushed to."""

    calendar_api_url: str = "https://www.googleapis.com/"
    """Root of the Google Calendar API."""

    smtp_url: SecretStr = SecretStr("")
    """Where e-mail to teachers is handed in: `smtp+starttls://user:password@host:587`, `smtps://…`
    or `smtp://…`; empty: none is sent."""
    mail_from: str = ""
    """The address that e-mail comes from."""

    @field_validator("public_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("must start with https:// (or http:// on loopback)")
        return value.rstrip("/")

    @field_validator("pubsub_topic")
    @classmethod
    def _names_a_topic(cls, value: str) -> str:
        if value and not TOPIC.fullmatch(value):
            raise ValueError("must be a topic's whole name: projects/<project>/topics/<topic>")
        return value

    @field_validator("pubsub_push_account")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not ADDRESS.fullmatch(value):
            raise ValueError("must be the e-mail address of a service account")
        return value

    @model_validator(mode="after")
    def _pushes_can_be_proven(self) -> Self:
        if self.pubsub_topic and not self.pubsub_push_account:
            raise ValueError(
                "PATHWAYS_PUBSUB_TOPIC needs PATHWAYS_PUBSUB_PUSH_ACCOUNT, too: the e-mail address "
                "of the service account that the push subscription signs with "
                "(deploy/google-workspace.md, “Changes at once”)"
            )
        return self

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _at_least_one(cls, value: list[SecretStr]) -> list[SecretStr]:
        if not value:
            raise ValueError(
                "needs at least one Fernet key (flask --app lti_app new-encryption-key makes one)"
            )
        return value

    @property
    def is_https(self) -> bool:
        """True where browsers come over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def push_url(self) -> str:
        """Where Pub/Sub pushes what changed in Classroom."""
        return f"{self.public_url}/classroom/changes"

    @property
    def push_audience(self) -> str:
        """What the tokens of those pushes must be for."""
        return self.pubsub_audience or self.push_url

    @property
    def cross_site_cookies(self) -> bool:
        """True where cookies can be `Secure; SameSite=None; Partitioned`."""
        return self.is_https or self.secure_loopback_cookies

    @property
    def public_origin(self) -> str:
        """Scheme, host and port of `public_url`, as browsers name it."""
        split = urlsplit(self.public_url)
        return f"{split.scheme}://{split.netloc}"
