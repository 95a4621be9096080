"""One turn of the loop without a person: every step is taken through the pages and checked."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests

from integrations.practice.school import PracticeCourse, PracticeSchool
from lti_app.demo.in_classroom import InClassroom
from lti_app.demo.in_the_lms import InTheLms
from lti_app.demo.processes import Demo
from lti_app.demo.seen import StepFailed, between, need
from lti_app.demo.unit import CHECKPOINT, QUICK_CHECKPOINT, QUICK_TARGET, TARGET
from lti_app.demo.visitor import Visitor

CLASSROOM_CHECKPOINT = "Checkpoint: fraction times whole number"
ARRIVES_WITHIN_S = 25.0


class Loop:
    """The people of the demo and what they do."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.school = PracticeSchool.fifth_grade()
        self.course: PracticeCourse = next(iter(self.school.courses.values()))
        self.teacher, self.ana, self.ben, self.cleo = (
            Visitor(),
            Visitor(),
            Visitor(),
            Visitor(),
        )
        self.names = [self.school.people[i].name for i in self.course.student_ids]

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """What is done, in order."""
        classroom = InClassroom(self)
        return [
            ("Ms. Ortiz launches from the LMS; the roster comes in", self.roster),
            ("She connects her Classroom course", self.connect),
            ("The mirror makes targets, activities, checkpoints, grades", self.mirror),
            ("Mirrored again, nothing changes", self.mirror_again),
            ("A student picks a pathway and marks an activity done", self.pathway),
            ("Two students answer the checkpoint", self.answer),
            ("The teacher scores them low, with feedback", self.score),
            ("Both grades stand in the LMS gradebook (AGS)", self.grades_back),
            ("A grade stands in Classroom (studentSubmissions.patch)", self.classroom_grade),
            ("A checkpoint marks itself; its grade needs no teacher", self.marked_at_once),
            ("A student proposes a way of their own; the teacher approves", self.proposal),
            ("A gap each is open; one step makes a coaching session", self.invite),
            ("The student sees the invitation and accepts; another joins", self.accept),
            ("Another asks for help; the next day is planned and published", self.plan_day),
            ("It stands in the student's private calendar", self.calendar),
            ("Worker killed, LMS misbehaving: the next score arrives all the same", self.storm),
            ("The target is met: the gap closes by itself", self.closed),
            *InTheLms(self).steps(),
            ("Attached inside a Classroom assignment, answered and graded", classroom.attached),
            ("An administrator sees platforms and sections", self.admin),
        ]

    def enter(self, visitor: Visitor, person_id: str) -> None:
        """Somebody launches from the course."""
        visitor.launch(f"{self.demo.practice_url}/lti/start?as={person_id}&course={self.course.id}")

    def roster(self) -> str:
        """The teacher's first launch."""
        self.enter(self.teacher, self.course.teacher_ids[0])
        self.home = self.teacher.url
        self.until(lambda: "26 students" in self.teacher.open(self.home).text, "26 students")
        return "26 students on her page"

    def connect(self) -> str:
        """Consent, course, matching."""
        self.teacher.click("Classroom")
        self.allow_at_google()
        self.teacher.click("Show my courses").click(self.course.title)
        need("26 of 26 students are matched" in self.teacher.text, self.teacher.text)
        self.teacher.send("courses")
        return "26 of 26 students matched"

    def allow_at_google(self) -> None:
        """What the Classroom page asks for next is allowed at Google."""
        self.teacher.send("sign-in")
        google = Visitor().open(self.teacher.link_to("/o/oauth2/"))
        google.send(0, decision="allow", person=self.course.teacher_ids[0])
        google.send("callback")
        need("Connected." in google.text, google.text)
        self.teacher.click("Go on")

    def mirror(self) -> str:
        """The first mirror, once she allows it; sending grades is the step after."""
        page = f"{self.home}classroom"
        self.teacher.open(page)
        self.allow_at_google()
        self.until(lambda: "What the last look brought" in self.teacher.open(page).text, "a report")
        need("13 new, 0 changed" in self.teacher.text, self.teacher.text)
        brought = between(self.teacher.text, "brought ", " Worth knowing")
        self.allow_at_google()
        return brought

    def mirror_again(self) -> str:
        """A second mirror changes nothing."""
        page = f"{self.home}classroom"
        self.teacher.open(page).send("classroom/mirror")
        wanted = "0 new, 0 changed, 13 as before, 0 gone 0 new grades"
        self.until(lambda: wanted in self.teacher.open(page).text, wanted)
        return wanted

    def pathway(self) -> str:
        """A student on a pathway."""
        self.enter(self.ana, self.course.student_ids[0])
        self._ana_home = self.ana.url
        self.ana.click(TARGET).send("/choose").send("/done", done="yes")
        seen = "1 of 2 steps done"
        need(seen in self.ana.open(self._ana_home).text, self.ana.text)
        return seen

    def answer(self) -> str:
        """Two students answer; one sends it twice."""
        self.enter(self.ben, self.course.student_ids[1])
        self.ben_home = self.ben.url
        for visitor in (self.ana, self.ben):
            visitor.click(TARGET).click(CHECKPOINT)
            visitor.send("checkpoints", evidence="6/15, I multiplied top and bottom.")
            need("You sent your answer." in visitor.text, visitor.text)
        return "two answers with the teacher"

    def score(self) -> str:
        """The teacher's marking queue."""
        for name, points in ((self.names[0], "1"), (self.names[1], "2")):
            self.teacher.open(f"{self.home}scoring").click(name)
            self.teacher.send("scoring", points=points, feedback="Build it with strips first.")
        seen = self.ana.open(self.ana.url).text
        need("Build it with strips first." in seen, seen)
        return "1 and 2 of 4 points; feedback is on the student's page"

    def grades_back(self) -> str:
        """The outbox over AGS."""
        wanted = {self.names[0]: "1 / 4", self.names[1]: "2 / 4"}
        self.until(lambda: self.gradebook().get(CHECKPOINT) == wanted, wanted)
        return ", ".join(f"{name} {grade}" for name, grade in wanted.items())

    def classroom_grade(self) -> str:
        """The outbox to Classroom, for coursework of our own."""
        return self.graded_in_classroom(self.ana, self._ana_home, self.names[0])

    def graded_in_classroom(self, student: Visitor, home: str, name: str) -> str:
        """A student's answer, its score, and the grade there."""
        student.open(home).click(TARGET).click(CLASSROOM_CHECKPOINT)
        student.send("checkpoints", evidence="6/5")
        self.teacher.open(f"{self.home}scoring").click(name)
        self.teacher.send("scoring", points="3", feedback="")
        column, wanted = f"Classroom: {CLASSROOM_CHECKPOINT}", "3 / 4"
        self.until(lambda: self.gradebook()[column].get(name) == wanted, wanted)
        return f"{name} {wanted}"

    def marked_at_once(self) -> str:
        """A fraction in an equal form, a mixed number, a choice; the last question left empty."""
        self.ben.open(self.ben_home).click(QUICK_TARGET).click(QUICK_CHECKPOINT)
        asked = self.ben.values("checkpoints", "asked")
        answers = dict(zip(asked, ("6/10", "1 1/2", "1"), strict=False))
        self.ben.send("checkpoints", **{f"item-{item}": said for item, said in answers.items()})
        need("3 of 4 points" in self.ben.text, self.ben.text)
        wanted = "3 / 4"
        self.until(
            lambda: self.gradebook().get(QUICK_CHECKPOINT, {}).get(self.names[1]) == wanted, wanted
        )
        return f"{self.names[1]} {wanted}"

    def proposal(self) -> str:
        """Choice level, proposal, answer."""
        self.teacher.open(f"{self.home}students").click(self.names[1])
        student = urlsplit(self.teacher.url).path.rpartition("/")[2]
        self.teacher.open(f"{self.home}choice").send("/choice", student=student, level="open")
        self.ben.open(self.ben_home).click(TARGET).click("I have my own idea")
        self.ben.send(
            "/my-way",
            title="Jump it",
            will_do="Jump 2/5 of a meter three times\nMeasure how far I came",
            will_show="I show a photo of my marks.",
        )
        self.teacher.open(f"{self.home}proposals").click(self.names[1])
        self.teacher.send("/proposals/", answer="approve", text="I want to see that!")
        self.ben.open(self.ben_home).click(TARGET)
        need("Jump it ✓ This is your way." in self.ben.text, self.ben.text)
        return f"“Jump it” is the way of {self.names[1]} now"

    def invite(self) -> str:
        """From the group to a session."""
        self.teacher.open(f"{self.home}help")
        need(self.names[0] in self.teacher.text, self.teacher.text)
        at = datetime.now(ZoneInfo("America/New_York")) + timedelta(minutes=30)
        at -= timedelta(minutes=at.minute % 5)  # sessions begin at a full five minutes
        self.teacher.send(
            "invite",
            with_words=TARGET,
            day=at.date().isoformat(),
            clock=f"{at:%H:%M}",
            minutes="15",
            room="Room 12",
        )
        need("no answer yet" in self.teacher.text, self.teacher.text)
        return f"session at {at:%H:%M}, everyone of the group invited"

    def accept(self) -> str:
        """The invitation on the student's page, and the open door."""
        self.ana.open(self._ana_home)
        need("Elena Ortiz can help you" in self.ana.text, self.ana.text)
        self.ana.send("invitations", answer="accepted")
        self.enter(self.cleo, self.course.student_ids[2])
        self.cleo_home = self.cleo.url
        self.cleo.send("/join")
        need("You are in." in self.cleo.text, self.cleo.text)
        self.teacher.open(f"{self.home}help")
        need(f"{self.names[2]}: joins by choice" in self.teacher.text, self.teacher.text)
        return f"{self.names[0]} comes, {self.names[2]} joins by choice"

    def plan_day(self) -> str:
        """A block, a need, the planner in the worker, the board, one step for all."""
        self.cleo.click(QUICK_TARGET).send("/help", note="I mix up the bottom numbers")
        self.teacher.open(f"{self.home}timetable")
        self.teacher.send("timetable", name="Math block", starts="08:00", ends="12:00")
        # The next school day, so that its slots are to come whenever this runs.
        self.teacher.open(f"{self.home}planning").click("→")
        day = self.teacher.url
        self.teacher.send("planning/make")
        wanted = "No student sees"
        self.until(lambda: wanted in self.teacher.open(day).text, wanted)
        self.teacher.send("planning/publish")
        need("published. The students see" in self.teacher.text, self.teacher.text)
        self.cleo.open(self.cleo_home)
        seen = "You asked for help with this. Good that you did!"
        need(seen in self.cleo.text, self.cleo.text)
        return f"{self.names[2]} is invited: “{seen}”"

    def calendar(self) -> str:
        """The private address, read without a cookie."""
        self.cleo.open(f"{self.cleo_home}my-calendar").send("my-calendar")
        (address,) = self.cleo.shown("/calendar/")
        stream = requests.get(address, timeout=10)
        need("Elena Ortiz can help" in stream.text.replace("\r\n ", ""), stream.text)
        return "one event, in the school's time zone"

    def storm(self) -> str:
        """A killed worker, then a busy, failing, connection-losing LMS."""
        self.demo.kill("worker")
        self.ana.open(self._ana_home).click(TARGET).click(CHECKPOINT)
        self.ana.send("checkpoints", evidence="2/5 + 2/5 + 2/5 = 6/5")
        self.teacher.open(f"{self.home}scoring").click(self.names[0])
        self.teacher.send("scoring", points="4", feedback="That is it!")
        for fault in ("too_many_requests", "server_error", "lost_after_accepting"):
            order = {"endpoint": "lti.scores", "kind": fault, "seconds": 1}
            requests.post(f"{self.demo.practice_url}/practice/mischief", json=order, timeout=10)
        self.demo.restart_worker()
        self.until(lambda: self.gradebook()[CHECKPOINT].get(self.names[0]) == "4 / 4", "4 / 4")
        self.until(
            lambda: "Every grade has arrived" in self.teacher.open(f"{self.home}grades").text,
            "every grade delivered",
        )
        calls = requests.get(f"{self.demo.practice_url}/practice/mischief", timeout=10).json()
        return f"4 / 4 arrived; {calls['calls']['lti.scores']} sendings in all"

    def closed(self) -> str:
        """The gap's end."""
        self.teacher.open(f"{self.home}students").click(self.names[0])
        need(f": {TARGET} · since" not in self.teacher.text, self.teacher.text)
        return "the target is met, the gap is closed"

    def admin(self) -> str:
        """The administrator's launch."""
        person = self.school.of_role("administrator")[0]
        visitor = Visitor()
        visitor.launch(f"{self.demo.practice_url}/lti/start?as={person.id}&course=")
        need("Practice LMS" in visitor.text and self.course.title in visitor.text, visitor.text)
        return "platform and four sections listed"

    def gradebook(self) -> dict[str, dict[str, str]]:
        """What stands in the course's gradebook, by column and student."""
        url = f"{self.demo.practice_url}/courses/{self.course.id}/gradebook.json"
        found: dict[str, dict[str, str]] = requests.get(url, timeout=10).json()
        return found

    def until(self, holds: Callable[[], bool], wanted: Any) -> None:
        """Wait for what workers do; raises `StepFailed` where it does not come."""
        ends = time.monotonic() + ARRIVES_WITHIN_S
        while time.monotonic() < ends:
            self.demo.check()
            if holds():
                return
            time.sleep(0.2)
        raise StepFailed(f"waited {ARRIVES_WITHIN_S:g} s for {wanted}")


def run_once(demo: Demo) -> bool:
    """Take every step; prints the table, and returns whether all held."""
    loop = Loop(demo)
    for number, (what, act) in enumerate(loop.steps(), start=1):
        began = time.monotonic()
        try:
            seen, ok = act(), True
        except (StepFailed, LookupError, KeyError, requests.RequestException) as error:
            seen, ok = f"{type(error).__name__}: {error}", False
        mark = "ok    " if ok else "FAILED"
        print(f"{number:2}  {mark} {time.monotonic() - began:5.1f} s  {what}\n{'':15}{seen}")
        if not ok:
            return False
    return True
