"""What the practice LTI platform knows and decides, apart from the web."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
import requests
from jwt import PyJWKSet

from integrations.practice.keys import KeyRing
from integrations.practice.mischief import Mischief
from integrations.practice.school import PracticeCourse, PracticePerson, PracticeSchool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
NOTICE_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
NOTICE_TYPES = (
    "LtiHelloWorldNotice",
    "LtiAssetProcessorSubmissionNotice",
    "LtiContextCopyNotice",
)
GROUPS_SERVICE = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
SCOPES = (
    AGS + "lineitem",
    AGS + "lineitem.readonly",
    AGS + "result.readonly",
    AGS + "score",
    NRPS_SCOPE,
    NOTICE_SCOPE,
    GROUPS_SCOPE,
)
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ROLE_URIS = {
    "student": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
    "teacher": [
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
    ],
    "administrator": [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    ],
}


@dataclass(frozen=True)
class PracticeTool:
    """A tool that is registered with the platform."""

    client_id: str
    deployment_id: str
    login_url: str
    launch_url: str
    jwks_url: str
    scopes: tuple[str, ...] = SCOPES
    """What the school lets it ask for; administrators may strike some."""


@dataclass(frozen=True)
class PracticeLink:
    """A link to the tool that a teacher put into a course."""

    id: str
    course_id: str
    title: str
    url: str
    opens: str = ""
    due: str = ""
    history: tuple[str, ...] = ()
    """Ids it had in the courses it was copied from, newest first."""


def link_id(course: PracticeCourse) -> str:
    """Id of the link to the tool in a course's menu."""
    return f"link-{course.id}"


@dataclass
class LineItem:
    """A gradebook column."""

    id: str
    course_id: str
    fields: dict[str, Any]
    """As the tool sent them: `label`, `scoreMaximum`, `resourceId`, `tag` …"""
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The score that stands, by user id, in the words of AGS."""


class TokenRefused(Exception):
    """The token request is not acceptable; `error` is the OAuth code (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class PracticePlatform:
    """One LTI 1.3 platform with a school behind it."""

    def __init__(
        self,
        school: PracticeSchool,
        tools: list[PracticeTool],
        base_url: str,
        mischief: Mischief | None = None,
        *,
        page_size: int = 10,
        token_seconds: int = 3600,
        line_item_query: str = "",
        storage: str = "none",
    ) -> None:
        self.school = school
        self.tools = {tool.client_id: tool for tool in tools}
        self.base_url = base_url
        self.mischief = mischief or Mischief()
        self.page_size = page_size
        self.token_seconds = token_seconds
        self.line_item_query = line_item_query
        """Moodle's line item addresses carry one, e.g. `?type_id=2`."""
        self.storage = storage
        """Of a tool's login: `none` is offered, `answers`, or `silent`: offered, never answers."""
        self.keys = KeyRing()
        self.line_items: dict[str, LineItem] = {}
        self.links: dict[str, PracticeLink] = {}
        self.takes_several_links = True
        self.seen_answers: set[str] = set()
        self.registration_tokens: set[str] = set()
        """Of registrations that an administrator began."""
        self.registrations: list[dict[str, Any]] = []
        """Every one that was accepted, as the tool sent it."""
        self.struck_scopes: set[str] = set()
        """What the school's administrator grants to no tool."""
        self.tells_deployment = True
        """In the answer to a registration; else only with the first launch."""
        self.notifies = True
        """It has a notification service, and says so in launches."""
        self.notice_handlers: dict[str, dict[str, str]] = {}
        """Where tools want notices, by client id and type."""
        self.privacy_launches = True
        """Administrators, and others, may ask the tool what it keeps."""
        self.tells_history = True
        """It fills in `Context.id.history` and `ResourceLink.id.history`."""
        self.tells_differences = False
        """A roster's last page links to what changes from then on."""
        self.offers_groups = False
        self.rosters_told: dict[str, dict[str, Any]] = {}
        """What members were when a link to differences was given, by its token."""
        self.closed_links: dict[str, set[str]] = {}
        """Ids of members who can't open a link, by its id."""
        self.received: list[dict[str, Any]] = []
        """Every score that was accepted, oldest first, with its `lineItem`."""
        self.lock = threading.RLock()
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}
        self._seen_jti: set[str] = set()

    def id_token(
        self,
        tool: PracticeTool,
        person: PracticePerson,
        course: PracticeCourse | None,
        nonce: str,
        link: PracticeLink | None = None,
        **claims: Any,
    ) -> str:
        """A signed launch of `person`, into `course` or (an administrator) into the account.

        `claims` take the place of a plain launch's; None leaves one out.
        """
        body = {**self.claims(tool, person, course, nonce, link), **claims}
        return self.keys.sign({name: value for name, value in body.items() if value is not None})

    def claims(
        self,
        tool: PracticeTool,
        person: PracticePerson,
        course: PracticeCourse | None,
        nonce: str,
        link: PracticeLink | None = None,
    ) -> dict[str, Any]:
        """The claims of an LtiResourceLinkRequest (LTI 1.3 core, 5.3 and 5.4)."""
        given, _, family = person.name.partition(" ")
        at = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.base_url,
            "aud": tool.client_id,
            "azp": tool.client_id,
            "sub": person.id,
            "iat": at,
            "exp": at + 300,
            "nonce": nonce,
            "name": person.name,
            "given_name": given,
            "family_name": family,
            "email": person.email,
            "locale": "en-US",
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": tool.deployment_id,
            CLAIM + "target_link_uri": tool.launch_url,
            CLAIM + "roles": ROLE_URIS[person.role],
            CLAIM + "resource_link": {
                "id": link_id(course) if course else "link-account",
                "title": "Pathways",
            },
            CLAIM + "tool_platform": {
                "guid": "practice",
                "name": self.school.name,
                "product_family_code": "practice",
            },
            CLAIM + "launch_presentation": {"document_target": "iframe", "locale": "en-US"},
            # A variable the platform could not fill in arrives as its own name.
            CLAIM + "custom": {"canvas_course_id": "$Canvas.course.id"},
        }
        if self.notifies:
            claims[CLAIM + "platformnotificationservice"] = {
                "service_versions": ["1.0"],
                "platform_notification_service_url": f"{self.base_url}/lti/notice-handlers/"
                + tool.client_id,
                "scope": [NOTICE_SCOPE],
                "notice_types_supported": list(NOTICE_TYPES),
            }
        if course is not None:
            claims |= self._course_claims(tool, course, link.id if link else link_id(course))
            if course.history and self.tells_history:
                claims[CLAIM + "custom"]["context_history"] = ",".join(course.history)
        if link is not None:
            claims[CLAIM + "target_link_uri"] = link.url
            claims[CLAIM + "resource_link"] = {"id": link.id, "title": link.title}
            if link.history and self.tells_history:
                claims[CLAIM + "custom"]["link_history"] = ",".join(link.history)
        return claims

    def may_open(self, person: PracticePerson, course: PracticeCourse | None) -> bool:
        """In a course its members may open the tool, in the account (no course) administrators."""
        if course is None:
            return person.role == "administrator"
        return course.role_of(person.id) is not None

    def _course_claims(
        self, tool: PracticeTool, course: PracticeCourse, of_link: str
    ) -> dict[str, Any]:
        endpoint: dict[str, Any] = {
            "scope": [scope for scope in tool.scopes if scope.startswith(AGS)],
            "lineitems": f"{self.base_url}/lti/courses/{course.id}/line_items"
            + self.line_item_query,
        }
        with self.lock:
            items = list(self.line_items.values())
        linked = [i.id for i in items if i.fields.get("resourceLinkId") == of_link]
        if len(linked) == 1:
            # AGS 2.0, claim for inclusion in LTI messages: only where there is exactly one.
            endpoint["lineitem"] = linked[0]
        groups: dict[str, Any] = {}
        if self.offers_groups and GROUPS_SCOPE in tool.scopes:
            groups[GROUPS_SERVICE] = {
                "context_groups_url": f"{self.base_url}/lti/courses/{course.id}/groups",
                "scope": [GROUPS_SCOPE],
                "service_versions": ["1.0"],
            }
        return groups | {
            CLAIM + "context": {
                "id": course.id,
                "title": course.title,
                "label": course.title.rpartition("· ")[2],
                "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
            },
            AGS_ENDPOINT: endpoint,
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.base_url}/lti/courses/{course.id}/members",
                "service_versions": ["2.0"],
            },
        }

    def grant(self, form: dict[str, str]) -> tuple[str, list[str]]:
        """Answer a token request (1EdTech Security Framework 1.0, 4.1); returns token and scopes.

        Raises `TokenRefused`.
        """
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "only client_credentials")
        if form.get("client_assertion_type") != JWT_BEARER:
            raise TokenRefused("invalid_request", f"client_assertion_type must be {JWT_BEARER}")
        tool = self._check_assertion(form.get("client_assertion", ""))
        scopes = [scope for scope in form.get("scope", "").split() if scope in tool.scopes]
        if not scopes:
            raise TokenRefused("invalid_scope", "none of these scopes is granted")
        token = secrets.token_urlsafe(24)
        with self.lock:
            self._tokens[token] = (time.time() + self.token_seconds, frozenset(scopes))
        return token, scopes

    def _check_assertion(self, assertion: str) -> PracticeTool:
        """The tool that signed it; raises `TokenRefused`."""
        try:
            client_id = jwt.decode(assertion, options={"verify_signature": False}).get("iss", "")
            tool = self.tools[client_id]
            published = requests.get(tool.jwks_url, timeout=10).json()
            if not isinstance(published, dict):
                raise TokenRefused("invalid_client", "the tool's key set is no JSON object")
            key = PyJWKSet.from_dict(published)[jwt.get_unverified_header(assertion)["kid"]]
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                audience=f"{self.base_url}/lti/token",
                issuer=client_id,
                subject=client_id,
                options={"require": ["exp", "iat", "jti", "sub"]},
            )
        except (jwt.PyJWTError, KeyError, TypeError, requests.RequestException) as error:
            raise TokenRefused("invalid_client", type(error).__name__) from error
        with self.lock:
            if claims["jti"] in self._seen_jti:
                raise TokenRefused("invalid_client", "this assertion was used before")
            self._seen_jti.add(claims["jti"])
        return tool

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """What a token allows; None for one that is unknown or has expired."""
        with self.lock:
            expires, scopes = self._tokens.get(token, (0.0, frozenset()))
        return scopes if expires > time.time() else None

    def regrade(self, key: str, user_id: str, points: float | None) -> None:
        """The course's teacher changes a grade by hand; None takes it away."""
        item = self.line_items[key]
        with self.lock:
            before = item.scores.get(user_id, {})
            item.scores[user_id] = {
                **before,
                "userId": user_id,
                "timestamp": datetime.now(UTC).isoformat(),
                "scoreGiven": points,
                "scoreMaximum": item.fields["scoreMaximum"],
                "gradingProgress": "FullyGraded",
            }

    def expire_tokens(self) -> None:
        """All tokens given so far end now."""
        with self.lock:
            self._tokens.clear()

    def score_of(self, course_id: str, resource_id: str, user_id: str) -> float | None:
        """What stands in the gradebook, for tests and the gradebook page."""
        for item in self.line_items.values():
            if item.course_id == course_id and item.fields.get("resourceId") == resource_id:
                given = item.scores.get(user_id, {}).get("scoreGiven")
                return None if given is None else float(given)
        return None
