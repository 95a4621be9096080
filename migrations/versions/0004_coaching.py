"""Coaching: timetable, plans, bookings, attendance

Revision ID: 0004
Revises: 0003
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=255), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('is_day_off', sa.Boolean(), nullable=False),
    sa.Column('said_by_person', sa.Boolean(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('last_day >= first_day', name='ck_calendar_events_days'),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_calendar_events_district_id_districts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_events')),
    sa.UniqueConstraint('district_id', 'uid', 'first_day', name=op.f('uq_calendar_events_district_id_uid_first_day'))
    )
    with op.batch_alter_table('calendar_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_events_district_id'), ['district_id'], unique=False)

    op.create_table('calendar_feeds',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_calendar_feeds_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_calendar_feeds_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_calendar_feeds_token_digest'))
    )
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_feeds_district_id'), ['district_id'], unique=False)

    op.create_table('teachers_away',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_teachers_away_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_teachers_away_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', 'day', name=op.f('pk_teachers_away'))
    )
    with op.batch_alter_table('teachers_away', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_teachers_away_district_id'), ['district_id'], unique=False)

    op.create_table('blocks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('weekdays', sa.Integer(), nullable=False),
    sa.Column('starts', sa.Time(), nullable=False),
    sa.Column('ends', sa.Time(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends > starts', name='ck_blocks_time'),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_blocks_district_id_districts')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_blocks_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blocks'))
    )
    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blocks_district_id'), ['district_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_blocks_team_id'), ['team_id'], unique=False)

    op.create_table('coaching_rules',
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('finds_below_line', sa.Boolean(), nullable=False),
    sa.Column('line_percent', sa.Double(), nullable=False),
    sa.Column('finds_needs_first', sa.Boolean(), nullable=False),
    sa.Column('finds_stuck', sa.Boolean(), nullable=False),
    sa.Column('stuck_days', sa.Integer(), nullable=False),
    sa.Column('session_minutes', sa.Integer(), nullable=False),
    sa.Column('group_most', sa.Integer(), nullable=False),
    sa.Column('seminar_from', sa.Integer(), nullable=False),
    sa.Column('most_a_day', sa.Integer(), nullable=False),
    sa.Column('announce_in_classroom', sa.Boolean(), nullable=False),
    sa.Column('message_in_canvas', sa.Boolean(), nullable=False),
    sa.Column('events_in_google', sa.Boolean(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('edited_by_id', sa.Integer(), nullable=True),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_coaching_rules_district_id_districts')),
    sa.ForeignKeyConstraint(['edited_by_id'], ['persons.id'], name=op.f('fk_coaching_rules_edited_by_id_persons')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_coaching_rules_team_id_teams')),
    sa.PrimaryKeyConstraint('team_id', name=op.f('pk_coaching_rules'))
    )
    with op.batch_alter_table('coaching_rules', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_rules_district_id'), ['district_id'], unique=False)

    op.create_table('plans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('urgency_met', sa.Integer(), nullable=False),
    sa.Column('urgency_bound', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_plans_district_id_districts')),
    sa.ForeignKeyConstraint(['published_by_id'], ['persons.id'], name=op.f('fk_plans_published_by_id_persons')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_plans_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('team_id', 'day', name=op.f('uq_plans_team_id_day'))
    )
    with op.batch_alter_table('plans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plans_district_id'), ['district_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plans_state'), ['state'], unique=False)

    op.create_table('block_sections',
    sa.Column('block_id', sa.Integer(), nullable=False),
    sa.Column('section_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['block_id'], ['blocks.id'], name=op.f('fk_block_sections_block_id_blocks')),
    sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_block_sections_section_id_sections')),
    sa.PrimaryKeyConstraint('block_id', 'section_id', name=op.f('pk_block_sections'))
    )
    op.create_table('block_teachers',
    sa.Column('block_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('room', sa.String(length=100), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['block_id'], ['blocks.id'], name=op.f('fk_block_teachers_block_id_blocks')),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_block_teachers_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_block_teachers_person_id_persons')),
    sa.PrimaryKeyConstraint('block_id', 'person_id', name=op.f('pk_block_teachers'))
    )
    with op.batch_alter_table('block_teachers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_block_teachers_district_id'), ['district_id'], unique=False)

    op.create_table('blocks_off',
    sa.Column('block_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['block_id'], ['blocks.id'], name=op.f('fk_blocks_off_block_id_blocks')),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_blocks_off_district_id_districts')),
    sa.PrimaryKeyConstraint('block_id', 'day', name=op.f('pk_blocks_off'))
    )
    with op.batch_alter_table('blocks_off', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blocks_off_district_id'), ['district_id'], unique=False)

    op.create_table('movements',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('section_id', sa.Integer(), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stuck_on', sa.Date(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_movements_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_movements_person_id_persons')),
    sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_movements_section_id_sections')),
    sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_movements_target_id_targets')),
    sa.PrimaryKeyConstraint('person_id', 'target_id', name=op.f('pk_movements'))
    )
    with op.batch_alter_table('movements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_movements_district_id'), ['district_id'], unique=False)
        batch_op.create_index('ix_movements_stuck_on', ['stuck_on'], unique=False)

    op.create_table('planned_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('teacher_id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('room', sa.String(length=100), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked', sa.Boolean(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_planned_sessions_district_id_districts')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_planned_sessions_plan_id_plans')),
    sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_planned_sessions_target_id_targets')),
    sa.ForeignKeyConstraint(['teacher_id'], ['persons.id'], name=op.f('fk_planned_sessions_teacher_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_sessions'))
    )
    with op.batch_alter_table('planned_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_planned_sessions_district_id'), ['district_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_planned_sessions_plan_id'), ['plan_id'], unique=False)

    op.create_table('planned_gaps',
    sa.Column('planned_session_id', sa.Integer(), nullable=False),
    sa.Column('gap_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['gap_id'], ['gaps.id'], name=op.f('fk_planned_gaps_gap_id_gaps')),
    sa.ForeignKeyConstraint(['planned_session_id'], ['planned_sessions.id'], name=op.f('fk_planned_gaps_planned_session_id_planned_sessions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('planned_session_id', 'gap_id', name=op.f('pk_planned_gaps'))
    )
    op.create_table('bookings',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('tick', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('coaching_session_id', sa.Integer(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['coaching_session_id'], ['coaching_sessions.id'], name=op.f('fk_bookings_coaching_session_id_coaching_sessions')),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_bookings_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_bookings_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', 'tick', name=op.f('pk_bookings'))
    )
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bookings_coaching_session_id'), ['coaching_session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bookings_district_id'), ['district_id'], unique=False)

    op.create_table('gap_helps',
    sa.Column('coaching_session_id', sa.Integer(), nullable=False),
    sa.Column('gap_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['coaching_session_id'], ['coaching_sessions.id'], name=op.f('fk_gap_helps_coaching_session_id_coaching_sessions')),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_gap_helps_district_id_districts')),
    sa.ForeignKeyConstraint(['gap_id'], ['gaps.id'], name=op.f('fk_gap_helps_gap_id_gaps')),
    sa.PrimaryKeyConstraint('coaching_session_id', 'gap_id', name=op.f('pk_gap_helps'))
    )
    with op.batch_alter_table('gap_helps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gap_helps_district_id'), ['district_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_gap_helps_gap_id'), ['gap_id'], unique=False)
        batch_op.create_index('ix_gap_helps_decided_at_at', ['decided_at', 'at'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('coaching_session_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['coaching_session_id'], ['coaching_sessions.id'], name=op.f('fk_notices_coaching_session_id_coaching_sessions')),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_notices_district_id_districts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_notices_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notices_district_id'), ['district_id'], unique=False)
        batch_op.create_index('ix_notices_person_read', ['person_id', 'read_at'], unique=False)

    with op.batch_alter_table('coaching_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cancel_reason', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False, server_default='2026-01-01 00:00:00+00:00'))
        batch_op.add_column(sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('note', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('exit_checkpoint_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('repeats_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_coaching_sessions_team_starts', ['team_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_coaching_sessions_settled_ends', ['settled_at', 'ends_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_coaching_sessions_repeats_id_coaching_sessions'), 'coaching_sessions', ['repeats_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_coaching_sessions_exit_checkpoint_id_checkpoints'), 'checkpoints', ['exit_checkpoint_id'], ['id'])

    with op.batch_alter_table('gaps', schema=None) as batch_op:
        batch_op.add_column(sa.Column('raised', sa.Integer(), nullable=False, server_default='0'))

    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('marked_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('walk_ins', schema=None) as batch_op:
        batch_op.add_column(sa.Column('here', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('marked_at', sa.DateTime(timezone=True), nullable=True))

    _book_what_was_planned(op.get_bind())
    _remember_who_moved(op.get_bind())


SESSIONS = sa.table(
    'coaching_sessions', sa.column('id'), sa.column('district_id'), sa.column('teacher_id'),
    sa.column('starts_at', sa.DateTime(timezone=True)),
    sa.column('ends_at', sa.DateTime(timezone=True)),
    sa.column('created_at', sa.DateTime(timezone=True)),
    sa.column('changed_at', sa.DateTime(timezone=True)), sa.column('cancelled_at'),
)
INVITATIONS = sa.table(
    'invitations', sa.column('coaching_session_id'), sa.column('person_id'), sa.column('state')
)
BOOKINGS = sa.table(
    'bookings', sa.column('person_id'), sa.column('tick'), sa.column('coaching_session_id'),
    sa.column('district_id'),
)
TICK_S = 300


def _book_what_was_planned(connection: sa.Connection) -> None:
    """Teachers and invited students of sessions that are still to come are taken at that time."""
    connection.execute(SESSIONS.update().values(changed_at=SESSIONS.c.created_at))
    coming = connection.execute(
        sa.select(SESSIONS)
        .where(SESSIONS.c.ends_at > datetime.now(UTC), SESSIONS.c.cancelled_at.is_(None))
        .order_by(SESSIONS.c.id)
    ).all()
    invited: dict[int, list[int]] = {}
    for one in connection.execute(
        sa.select(INVITATIONS).where(INVITATIONS.c.state.in_(['invited', 'accepted']))
    ):
        invited.setdefault(one.coaching_session_id, []).append(one.person_id)
    taken: set[tuple[int, int]] = set()
    rows = []
    for one in coming:
        first = int(_utc(one.starts_at).timestamp()) // TICK_S
        last = -(-int(_utc(one.ends_at).timestamp()) // TICK_S)
        for person_id in [one.teacher_id, *invited.get(one.id, [])]:
            # Whoever was booked twice before keeps the session that was made first.
            ticks = [(person_id, tick) for tick in range(first, last)]
            if taken.isdisjoint(ticks):
                taken.update(ticks)
                rows += [
                    {'person_id': person_id, 'tick': tick, 'coaching_session_id': one.id,
                     'district_id': one.district_id}
                    for _, tick in ticks
                ]
    if rows:
        connection.execute(sa.insert(BOOKINGS), rows)


def _remember_who_moved(connection: sa.Connection) -> None:
    """Whoever moved on a target in the last month and has not met it may be stuck there; the
    worker works out the day. What was left longer ago is no news."""
    connection.execute(
        sa.text(
            "INSERT INTO movements (district_id, person_id, target_id, section_id, moved_at, stuck_on) "
            "SELECT m.district_id, m.person_id, m.target_id, MIN(s.id), m.changed_at, :today "
            "FROM mastery m JOIN targets t ON t.id = m.target_id "
            "JOIN sections s ON s.team_id = t.team_id "
            "JOIN enrolments e ON e.section_id = s.id AND e.person_id = m.person_id "
            "WHERE e.role = 'student' AND e.active = :yes AND t.archived_at IS NULL "
            "AND m.level IN ('working', 'nearly') AND m.changed_at > :lately "
            "GROUP BY m.district_id, m.person_id, m.target_id, m.changed_at"
        ).bindparams(
            sa.bindparam('today', datetime.now(UTC).date(), sa.Date()),
            sa.bindparam('yes', True, sa.Boolean()),
            sa.bindparam('lately', datetime.now(UTC) - timedelta(days=30), sa.DateTime(timezone=True)),
        )
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment



def downgrade() -> None:
    with op.batch_alter_table('walk_ins', schema=None) as batch_op:
        batch_op.drop_column('marked_at')
        batch_op.drop_column('here')

    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.drop_column('marked_at')

    with op.batch_alter_table('gaps', schema=None) as batch_op:
        batch_op.drop_column('raised')

    with op.batch_alter_table('coaching_sessions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_coaching_sessions_exit_checkpoint_id_checkpoints'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_coaching_sessions_repeats_id_coaching_sessions'), type_='foreignkey')
        batch_op.drop_index('ix_coaching_sessions_settled_ends')
        batch_op.drop_index('ix_coaching_sessions_team_starts')
        batch_op.drop_column('repeats_id')
        batch_op.drop_column('exit_checkpoint_id')
        batch_op.drop_column('note')
        batch_op.drop_column('settled_at')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('sequence')
        batch_op.drop_column('cancel_reason')

    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('ix_notices_person_read')
        batch_op.drop_index(batch_op.f('ix_notices_district_id'))

    op.drop_table('notices')
    with op.batch_alter_table('gap_helps', schema=None) as batch_op:
        batch_op.drop_index('ix_gap_helps_decided_at_at')
        batch_op.drop_index(batch_op.f('ix_gap_helps_gap_id'))
        batch_op.drop_index(batch_op.f('ix_gap_helps_district_id'))

    op.drop_table('gap_helps')
    with op.batch_alter_table('bookings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bookings_district_id'))
        batch_op.drop_index(batch_op.f('ix_bookings_coaching_session_id'))

    op.drop_table('bookings')
    op.drop_table('planned_gaps')
    with op.batch_alter_table('planned_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_planned_sessions_plan_id'))
        batch_op.drop_index(batch_op.f('ix_planned_sessions_district_id'))

    op.drop_table('planned_sessions')
    with op.batch_alter_table('movements', schema=None) as batch_op:
        batch_op.drop_index('ix_movements_stuck_on')
        batch_op.drop_index(batch_op.f('ix_movements_district_id'))

    op.drop_table('movements')
    with op.batch_alter_table('blocks_off', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blocks_off_district_id'))

    op.drop_table('blocks_off')
    with op.batch_alter_table('block_teachers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_block_teachers_district_id'))

    op.drop_table('block_teachers')
    op.drop_table('block_sections')
    with op.batch_alter_table('plans', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plans_state'))
        batch_op.drop_index(batch_op.f('ix_plans_district_id'))

    op.drop_table('plans')
    with op.batch_alter_table('coaching_rules', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_rules_district_id'))

    op.drop_table('coaching_rules')
    with op.batch_alter_table('blocks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blocks_team_id'))
        batch_op.drop_index(batch_op.f('ix_blocks_district_id'))

    op.drop_table('blocks')
    with op.batch_alter_table('teachers_away', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_teachers_away_district_id'))

    op.drop_table('teachers_away')
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_feeds_district_id'))

    op.drop_table('calendar_feeds')
    with op.batch_alter_table('calendar_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_events_district_id'))

    op.drop_table('calendar_events')
