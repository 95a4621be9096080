"""Registrations of platforms: pending until somebody of ours says whose district they are.

A pending one is kept apart from the platforms: it launches nobody, and takes no one's place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from integrations.lti.registration import PlatformConfiguration, Registered
from lti_app.db import now
from lti_app.errors import BadInput
from lti_app.launch.models import Platform, PlatformInvitation, Registration
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.people import audit, codes

PENDING_LASTS = timedelta(days=14)
INVITATION_LASTS = timedelta(days=14)


@dataclass(frozen=True)
class Approver:
    """Who says that a registration is theirs."""

    district_id: int
    person_id: int | None
    """None: on the command line, or by an invitation made there."""


def invite(session: Session, district_id: int) -> tuple[str, datetime]:
    """A code that approves one registration for a district, and until when it does."""
    code, until = codes.new_code(), now() + INVITATION_LASTS
    session.execute(delete(PlatformInvitation).where(PlatformInvitation.expires_at < now()))
    session.add(
        PlatformInvitation(district_id=district_id, digest=codes.digest_of(code), expires_at=until)
    )
    session.flush()
    return code, until


def check_invitation(session: Session, code: str) -> PlatformInvitation:
    """The invitation of a code. Raises `BadInput` for one that is unknown, used or over."""
    found = session.scalars(
        select(PlatformInvitation).where(
            PlatformInvitation.digest == codes.digest_of(code),
            PlatformInvitation.expires_at > now(),
            PlatformInvitation.used_at.is_(None),
        )
    ).first()
    if found is None:
        raise BadInput(
            _l("This invitation code opens nothing."),
            _l("Check its letters, ask for a new one, or leave the field empty and be approved."),
            code="bad_code",
        )
    return found


def keep(
    session: Session, configuration: PlatformConfiguration, registered: Registered
) -> tuple[Registration, str]:
    """Keep a registration as pending; returns it with the code that whoever approves it needs."""
    session.execute(
        delete(Registration).where(
            Registration.expires_at < now(), Registration.approved_at.is_(None)
        )
    )
    code = codes.new_code()
    row = Registration(
        digest=codes.digest_of(code),
        name=(configuration.account or configuration.product.title() or configuration.issuer)[:200],
        issuer=configuration.issuer,
        client_id=registered.client_id,
        auth_login_url=configuration.auth_login_url,
        token_url=configuration.token_url,
        token_audience=configuration.token_audience,
        jwks_url=configuration.jwks_url,
        deployment_id=registered.deployment_id,
        expires_at=now() + PENDING_LASTS,
    )
    session.add(row)
    session.flush()
    return row, code


def pending(session: Session, code: str) -> Registration:
    """The pending registration of a code. Raises `BadInput` for one that names none."""
    found = session.scalars(
        select(Registration)
        .where(
            Registration.digest == codes.digest_of(code),
            Registration.approved_at.is_(None),
            Registration.expires_at > now(),
        )
        .with_for_update()
    ).first()
    if found is None:
        raise BadInput(
            _l("No registration waits under this code."),
            _l("Check its letters. A registration waits for 14 days; register again after that."),
            code="bad_code",
        )
    return found


def approve(
    session: Session, row: Registration, approver: Approver, *, allow_loopback_http: bool
) -> Platform:
    """Make a pending registration a platform of the approver's district.

    Raises `BadInput` where the platform is connected already: a registration never changes one.
    """
    known = session.scalar(
        select(Platform.id).where(
            Platform.issuer == row.issuer, Platform.client_id == row.client_id
        )
    )
    if known is not None:
        raise BadInput(
            _l("This platform is connected already."),
            _l("Delete the tool in your LMS and register it anew."),
            code="known",
        )
    platform = add_platform(
        session,
        PlatformDraft(
            name=row.name,
            issuer=row.issuer,
            client_id=row.client_id,
            auth_login_url=row.auth_login_url,
            token_url=row.token_url,
            jwks_url=row.jwks_url,
            token_audience=row.token_audience,
        ),
        deployment_id=row.deployment_id,
        district_id=approver.district_id,
        allow_loopback_http=allow_loopback_http,
    )
    platform.learns_for_district_id = approver.district_id
    row.approved_at = now()
    audit.record(
        session,
        "platform.approved",
        district_id=approver.district_id,
        person_id=approver.person_id,
        platform_id=platform.id,
    )
    return platform


def approve_by_invitation(
    session: Session, registration_id: int, code: str, *, allow_loopback_http: bool
) -> Platform:
    """Approve a registration with an invitation, which is used up then.

    Raises `BadInput` where the code opens nothing (any more); the registration still waits.
    """
    invitation = check_invitation(session, code)
    used = session.execute(
        update(PlatformInvitation)
        .where(PlatformInvitation.id == invitation.id, PlatformInvitation.used_at.is_(None))
        .values(used_at=now())
        .returning(PlatformInvitation.id)
        .execution_options(synchronize_session=False)
    ).first()
    if used is None:  # somebody else was quicker
        session.expire_all()
        check_invitation(session, code)
    approver = Approver(invitation.district_id, None)
    row = session.get_one(Registration, registration_id)
    return approve(session, row, approver, allow_loopback_http=allow_loopback_http)
