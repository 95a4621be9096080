"""Learning: what was there takes its place in the new tables

Revision ID: 0003
Revises: 0002
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    # Scores that nobody here gave were mirrored in.
    connection.execute(sa.text("UPDATE scores SET source = 'lms' WHERE scored_by_id IS NULL"))
    # The former default is what the team's default says, too.
    connection.execute(
        sa.text("UPDATE targets SET mastery_rule = NULL WHERE mastery_rule = 'decaying_average'")
    )
    # Whoever stands on a level came to it when that was last changed.
    connection.execute(
        sa.text(
            "INSERT INTO mastery_changes (district_id, person_id, target_id, level, percent, by_rule, at) "
            "SELECT district_id, person_id, target_id, level, percent, :no, changed_at "
            "FROM mastery WHERE level != 'not_started'"
        ).bindparams(sa.bindparam('no', value=False, type_=sa.Boolean())),
    )
    # Whoever goes a pathway has begun it.
    connection.execute(
        sa.text(
            "INSERT INTO pathway_walks (district_id, person_id, pathway_id, begun_at) "
            "SELECT district_id, person_id, pathway_id, chosen_at FROM pathway_choices"
        )
    )
    # Those who teach a team's sections are its members; its teachers own it together.
    connection.execute(
        sa.text(
            "INSERT INTO team_members (district_id, team_id, person_id, role, joined_at) "
            "SELECT s.district_id, s.team_id, e.person_id, "
            "CASE WHEN MAX(CASE WHEN e.role = 'teacher' THEN 1 ELSE 0 END) = 1 "
            "THEN 'owner' ELSE 'assistant' END, MIN(e.created_at) "
            "FROM enrolments e JOIN sections s ON s.id = e.section_id "
            "WHERE e.role IN ('teacher', 'assistant') "
            "GROUP BY s.district_id, s.team_id, e.person_id"
        )
    )
    # A framework was a title on each standard; the next import gives it its published identifier.
    titles = connection.execute(sa.text("SELECT DISTINCT district_id, framework FROM standards"))
    for district_id, title in titles.all():
        made_up = 'title:' + hashlib.sha256(title.encode()).hexdigest()[:32]
        connection.execute(
            sa.text(
                "INSERT INTO frameworks (district_id, case_identifier, title, subject) "
                "VALUES (:district, :identifier, :title, '')"
            ),
            {'district': district_id, 'identifier': made_up, 'title': title},
        )
        connection.execute(
            sa.text(
                "UPDATE standards SET framework_id = (SELECT id FROM frameworks "
                "WHERE district_id = :district AND case_identifier = :identifier) "
                "WHERE district_id = :district AND framework = :title"
            ),
            {'district': district_id, 'identifier': made_up, 'title': title},
        )


def downgrade() -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text("UPDATE targets SET mastery_rule = 'decaying_average' WHERE mastery_rule IS NULL")
    )
    connection.execute(sa.text("UPDATE standards SET framework_id = NULL"))
