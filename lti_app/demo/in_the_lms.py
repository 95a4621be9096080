"""Steps of the demo that begin in the LMS: a grade changed, a link added, a tool installed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import requests

from lti_app.demo.seen import need
from lti_app.demo.unit import CHECKPOINT, QUICK_CHECKPOINT, TARGET
from lti_app.demo.visitor import Visitor

if TYPE_CHECKING:
    from lti_app.demo.once import Loop


class InTheLms:
    """What the people of a loop do in their LMS."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop
        self.course_url = f"{loop.demo.practice_url}/courses/{loop.course.id}"

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """What is done, in order."""
        return [
            ("She lets Google tell of changes; it tells of the next grade", self.told),
            ("A grade she changed in the gradebook is not overwritten", self.changed),
            ("She puts a checkpoint into the course; a student opens it there", self.link),
            ("An administrator installs Pathways again, with one address", self.install),
        ]

    def told(self) -> str:
        """Allowed, registered at the practice Classroom, pushed."""
        loop = self.loop
        page = f"{loop.home}classroom"
        loop.teacher.open(page)
        loop.allow_at_google()
        seen = f"{loop.demo.practice_url}/practice/mischief"
        loop.until(
            lambda: (
                requests.get(seen, timeout=10).json()["calls"].get("classroom.registrations.create")
                == 2
            ),
            "two feeds",
        )
        graded = loop.graded_in_classroom(loop.cleo, loop.cleo_home, loop.names[2])
        wanted = "Google tells us of changes"
        loop.until(lambda: wanted in loop.teacher.open(page).text, wanted)
        return f"{graded}; a signed push came for it"

    def changed(self) -> str:
        """Typed into the gradebook, then scored here, then decided."""
        loop, student = self.loop, self.loop.course.student_ids[1]
        name = loop.names[1]
        titles = [title for title in loop.gradebook() if not title.startswith("Classroom:")]
        page = Visitor().open(f"{self.course_url}/gradebook")
        cell = page.forms_with("student", student)[titles.index(CHECKPOINT)]
        requests.post(page.url, data={**cell, "points": "3"}, timeout=10).raise_for_status()
        loop.ben.open(loop.ben_home).click(TARGET).click(CHECKPOINT)
        loop.ben.send("checkpoints", evidence="3 x 2/5 is 6/5")
        loop.teacher.open(f"{loop.home}scoring").click(name)
        loop.teacher.send("scoring", points="4", feedback="Yes!")
        grades = f"{loop.home}grades"
        loop.until(
            lambda: "Changed in the gradebook" in loop.teacher.open(grades).text, "a difference"
        )
        stands = loop.gradebook()[CHECKPOINT][name]
        need(stands == "3 / 4", stands)
        ours = loop.teacher.choice("Send ours", "ours")
        loop.teacher.send("differences", **{ours.name: ours.value})
        loop.until(lambda: loop.gradebook()[CHECKPOINT][name] == "4 / 4", "4 / 4")
        return "3 / 4 stood until she said that ours counts: 4 / 4"

    def link(self) -> str:
        """The LMS's dialog, the links that come back, a launch of one."""
        loop = self.loop
        start = f"{loop.demo.practice_url}/lti/start?course={loop.course.id}"
        dialog = Visitor()
        dialog.launch(f"{start}&as={loop.course.teacher_ids[0]}&message=deep")
        dialog.send(0, pick=dialog.choice(QUICK_CHECKPOINT).value).send(0)
        need(f"Added to {loop.course.title}" in dialog.text, dialog.text)
        page = loop.cleo.open(f"{self.course_url}?as={loop.course.student_ids[2]}")
        link = page.click(QUICK_CHECKPOINT).url.partition("link=")[2]
        loop.cleo.launch(f"{start}&as={loop.course.student_ids[2]}&link={link}")
        need(QUICK_CHECKPOINT in loop.cleo.text, loop.cleo.text)
        return "the link opens that very checkpoint"

    def install(self) -> str:
        """Invited, registered, approved."""
        loop = self.loop
        person = loop.school.of_role("administrator")[0]
        admin = Visitor()
        admin.launch(f"{loop.demo.practice_url}/lti/start?as={person.id}&course=")
        admin.click("Connect a platform").send("invitations")
        address = next(one for one in admin.text.split() if "/lti/register/" in one)
        lms = Visitor().open(f"{loop.demo.practice_url}/install?address={address}")
        lms.open(lms.frame).send(0)
        need("Pathways is registered and approved" in lms.text, lms.text)
        return "registered and approved in two clicks"
