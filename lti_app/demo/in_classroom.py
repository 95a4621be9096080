"""A step of the demo inside Classroom: a checkpoint of ours at an assignment, by the add-on."""

from typing import TYPE_CHECKING

from lti_app.demo.seen import need
from lti_app.demo.unit import STORY_CHECKPOINT
from lti_app.demo.visitor import Visitor

if TYPE_CHECKING:
    from lti_app.demo.once import Loop

ASSIGNMENT = "Checkpoint: fraction times whole number"
WANTED = "2 / 4 (draft)"


class InClassroom:
    """What the people of a loop do at an assignment of their Classroom course."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop

    def attached(self) -> str:
        """Attached by the teacher, answered by a student, scored; the grade is a draft there."""
        loop, name = self.loop, self.loop.names[3]
        teacher, student = loop.course.teacher_ids[0], loop.course.student_ids[3]
        theirs = self._come_in(self._assignment(teacher).click("+ Add from Pathways"), teacher)
        theirs.send(0, pick=theirs.choice(f"Checkpoint {STORY_CHECKPOINT}").value)
        work = self._come_in(self._assignment(student).click(STORY_CHECKPOINT), student)
        need(STORY_CHECKPOINT in work.text, work.text)
        work.send("checkpoints", evidence="Four friends eat 2/3 each: 8/3")
        loop.teacher.open(f"{loop.home}scoring").click(name)
        loop.teacher.send("scoring", points="2", feedback="")
        loop.until(lambda: f"{name} {WANTED}" in self._assignment(teacher).text, WANTED)
        return f"{name} {WANTED}"

    def _assignment(self, who: str) -> Visitor:
        """The practice Classroom's page of the assignment, opened by one person."""
        loop = self.loop
        page = Visitor().open(f"{loop.demo.practice_url}/courses/{loop.course.id}?as={who}")
        return page.click("The same course in the practice Classroom").click(ASSIGNMENT)

    def _come_in(self, page: Visitor, who: str) -> Visitor:
        """Through the iframe's button, in a window that is worked in itself; yes at Google."""
        page.open(page.frame)
        page.open(f"{page.link_to('/addon/sign-in')}&here=1")
        while "/o/oauth2/" in page.url:  # twice where an offline grant is asked for
            page.send(0, decision="allow", person=who)
        return page
