"""Targets under their units, as the team ordered them."""

import re

from lti_app.learning import targets
from lti_app.learning.models import Unit
from tests.school import browser_of, make_school

HEADING = re.compile(r"<h[23][^>]*>(Unit \d+|Other targets)</h[23]>")


def test_units_stand_in_the_teams_order_and_targets_without_one_come_last(app, database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        for position, title in enumerate(("Unit 2", "Unit 10", "Unit 1"), start=1):
            session.add(unit := Unit(team_id=school.team_id, title=title, position=position))
            session.flush()
            for number in (1, 2):
                target = targets.add_target(
                    session, school.team_id, title=f"{title}, target {number}", unit_id=unit.id
                )
                targets.add_checkpoint(session, target, title="Exit ticket", max_points=4)

    for page in (
        browser_of(app, school, school.student_ids[0]).get("/").text,
        browser_of(app, school, school.teacher_id).get("/plan").text,
    ):
        assert HEADING.findall(page) == ["Unit 2", "Unit 10", "Unit 1", "Other targets"]
        shown = page.partition("<main")[2]
        assert shown.index("Unit 1, target 2") < shown.rindex("I can multiply a fraction")
        assert shown.count("<ul") == shown.count("</ul>")
        assert shown.count("<ol") == shown.count("</ol>")
