"""Proposals: a student writes a pathway of their own, a teacher answers, the class may share it.

`sent → change asked → sent … → approved`, or withdrawn by the student. Nothing said is lost: each
turn is kept with its words.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import pathways, targets
from lti_app.learning.models import (
    ActivityKind,
    Pathway,
    Proposal,
    ProposalState,
    ProposalWord,
    Source,
    Target,
)
from lti_app.people.models import Person

LONGEST = 4_000
MOST_STEPS = 20
OPEN = (ProposalState.SENT, ProposalState.CHANGE_ASKED)


@dataclass(frozen=True)
class Draft:
    """What a student typed."""

    title: str
    will_do: str
    will_show: str

    def steps(self) -> list[str]:
        """One step a line."""
        return [line.strip() for line in self.will_do.splitlines() if line.strip()]


def checked(draft: Draft) -> Draft:
    """The draft, tidied. Raises `BadInput` where something is missing or over-long."""
    tidy = Draft(
        targets.title_of(draft.title),
        draft.will_do.replace("\r\n", "\n").strip(),
        draft.will_show.replace("\r\n", "\n").strip(),
    )
    if not tidy.steps() or not tidy.will_show:
        raise BadInput(
            _l("Something is still empty."),
            _l("Write what you will do and how you will show it, then send it."),
        )
    if max(len(tidy.will_do), len(tidy.will_show)) > LONGEST:
        raise BadInput(_l("That is a lot to read."), _l("Make it shorter, then send it."))
    if len(tidy.steps()) > MOST_STEPS:
        raise BadInput(
            _l("That are many steps."),
            _l("Keep it to %(n)s lines, then send it.", n=MOST_STEPS),
        )
    for step in tidy.steps():
        targets.title_of(step)
    return tidy


def send(
    session: Session, *, person_id: int, section_id: int, target: Target, draft: Draft
) -> Proposal:
    """A student proposes a way; the same one sent twice is kept once. Raises `BadInput`."""
    tidy = checked(draft)
    again = session.scalars(
        select(Proposal).where(
            Proposal.person_id == person_id,
            Proposal.target_id == target.id,
            Proposal.state.in_(OPEN),
        )
    ).first()
    if again is not None:
        if (again.title, again.will_do, again.will_show) == (
            tidy.title,
            tidy.will_do,
            tidy.will_show,
        ):
            return again
        raise BadInput(
            _l("You have sent a way already."),
            _l("Change that one, or take it back first."),
        )
    proposal = Proposal(
        person_id=person_id,
        section_id=section_id,
        target_id=target.id,
        title=tidy.title,
        will_do=tidy.will_do,
        will_show=tidy.will_show,
    )
    session.add(proposal)
    session.flush()
    _say(session, proposal, person_id, ProposalState.SENT)
    return proposal


def change(session: Session, proposal: Proposal, draft: Draft) -> None:
    """The student writes it anew; it waits for the teacher again. Raises `BadInput`."""
    tidy = checked(draft)
    _require_open(proposal)
    proposal.title, proposal.will_do, proposal.will_show = (
        tidy.title,
        tidy.will_do,
        tidy.will_show,
    )
    proposal.version += 1
    _say(session, proposal, proposal.person_id, ProposalState.SENT)


def withdraw(session: Session, proposal: Proposal) -> None:
    """The student takes it back. Taking it back twice changes nothing. Raises `BadInput` for one
    that is approved: it is a way now."""
    if proposal.state == ProposalState.WITHDRAWN:
        return
    _require_open(proposal)
    _say(session, proposal, proposal.person_id, ProposalState.WITHDRAWN)


def ask_for_change(
    session: Session, proposal: Proposal, *, version: int, teacher_id: int, text: str
) -> None:
    """A teacher sends it back with a word. Raises `BadInput` without one, and for another
    version than the one that was read."""
    text = text.strip()
    if not text:
        raise BadInput(
            _l("There is no word for the student."),
            _l("Write what should change, then send it back."),
        )
    _require_open(proposal)
    _require_read(proposal, version)
    _say(session, proposal, teacher_id, ProposalState.CHANGE_ASKED, text[:LONGEST])


def approve(
    session: Session, proposal: Proposal, *, version: int, teacher_id: int, text: str = ""
) -> Pathway:
    """A teacher says yes: it becomes the student's own pathway, and they are on it at once.

    Approving it twice changes nothing. Raises `BadInput` for another version than the one that
    was read.
    """
    if proposal.state == ProposalState.APPROVED and proposal.pathway_id is not None:
        return session.get_one(Pathway, proposal.pathway_id)
    _require_open(proposal)
    _require_read(proposal, version)
    pathway = targets.add_pathway(
        session,
        session.get_one(Target, proposal.target_id),
        title=proposal.title,
        source=Source.PROPOSED,
    )
    pathway.section_id, pathway.person_id = proposal.section_id, proposal.person_id
    draft = Draft(proposal.title, proposal.will_do, proposal.will_show)
    for step in draft.steps():
        _add_step(session, pathway, step, ActivityKind.OTHER)
    show = " ".join(proposal.will_show.split())
    _add_step(session, pathway, show[: targets.LONGEST_TITLE], ActivityKind.PROJECT)
    proposal.pathway_id = pathway.id
    _say(session, proposal, teacher_id, ProposalState.APPROVED, text.strip()[:LONGEST])
    pathways.choose(session, proposal.person_id, pathway)
    return pathway


def _add_step(session: Session, pathway: Pathway, title: str, kind: ActivityKind) -> None:
    targets.add_activity(session, pathway, title=title, kind=kind, source=Source.PROPOSED)


def consent(session: Session, proposal: Proposal, *, given: bool) -> None:
    """The student says whether the class may use their way; a yes may be taken back.

    Then it is offered to nobody new; classmates who are on it keep it.
    """
    proposal.consents_to_share = given
    if not given and proposal.shared_at is not None:
        proposal.shared_at = None
        _pathway(session, proposal).person_id = proposal.person_id
    session.flush()


def share(session: Session, proposal: Proposal) -> None:
    """Give an approved way to the class, without saying whose it was. Sharing it twice changes
    nothing. Raises `BadInput` without the student's consent."""
    if proposal.state != ProposalState.APPROVED:
        raise BadInput(_l("This way is not approved yet."), _l("Approve it first."))
    if not proposal.consents_to_share:
        raise BadInput(
            _l("The student has not said that the class may use it."),
            _l("Ask the student; they can say yes on the target's page."),
        )
    if proposal.shared_at is None:
        proposal.shared_at = now()
        _pathway(session, proposal).person_id = None
    session.flush()


def _pathway(session: Session, proposal: Proposal) -> Pathway:
    return session.get_one(Pathway, proposal.pathway_id)


def _require_open(proposal: Proposal) -> None:
    if proposal.state not in OPEN:
        raise BadInput(
            _l("This proposal is settled."), _l("Open the page again to see how it stands.")
        )


def _require_read(proposal: Proposal, version: int) -> None:
    if proposal.version != version:
        raise BadInput(
            _l("The student has changed it meanwhile."),
            _l("Go back, read the new words, then answer."),
        )


def _say(
    session: Session, proposal: Proposal, person_id: int, state: ProposalState, text: str = ""
) -> None:
    proposal.state = state
    proposal.changed_at = now()
    session.add(ProposalWord(proposal_id=proposal.id, person_id=person_id, state=state, text=text))
    session.flush()
    session.expire(proposal, ["words"])


def of_student(session: Session, person_id: int, proposal_id: int) -> Proposal:
    """A student's own proposal, locked. Raises `NotHere`."""
    return _locked(session, Proposal.id == proposal_id, Proposal.person_id == person_id)


def in_section(session: Session, section_id: int, proposal_id: int) -> Proposal:
    """A proposal of the section, locked. Raises `NotHere`."""
    return _locked(session, Proposal.id == proposal_id, Proposal.section_id == section_id)


def _locked(session: Session, *where: ColumnElement[bool]) -> Proposal:
    found = session.scalars(
        select(Proposal).where(*where).with_for_update().execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotHere
    return found


def on_target(session: Session, person_id: int, target_id: int) -> Proposal | None:
    """The newest of a student's proposals for a target that was not withdrawn, with its words."""
    return session.scalars(
        select(Proposal)
        .where(
            Proposal.person_id == person_id,
            Proposal.target_id == target_id,
            Proposal.state != ProposalState.WITHDRAWN,
        )
        .order_by(Proposal.id.desc())
        .limit(1)
        .options(selectinload(Proposal.words))
    ).first()


@dataclass(frozen=True)
class Listed:
    """A proposal in the teacher's list."""

    proposal: Proposal
    student: Person
    target: Target


def of_section(session: Session, section_id: int, limit: int = 100) -> list[Listed]:
    """The section's proposals: those that wait for a teacher first, then the newest."""
    rows = session.execute(
        select(Proposal, Person, Target)
        .join(Person, Proposal.person_id == Person.id)
        .join(Target, Proposal.target_id == Target.id)
        .where(Proposal.section_id == section_id, Proposal.state != ProposalState.WITHDRAWN)
        .order_by((Proposal.state != ProposalState.SENT), Proposal.changed_at.desc())
        .limit(limit)
    )
    return [Listed(*row) for row in rows]
