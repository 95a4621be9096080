"""A course's gradebook over Assignment and Grade Services 2.0."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem

from integrations.lms import ColumnDraft, LmsError, LmsRefused, ScoreDraft, StandingScore
from integrations.lti.connector import LtiConnector, course_error
from integrations.lti.refusals import is_rate_limit, score_error, service_error

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = AGS + "lineitem"
LINE_ITEM_READ = AGS + "lineitem.readonly"
RESULT_READ = AGS + "result.readonly"
SCORE = AGS + "score"
TAG = "pathways"
REVIEWABLE = ["Submitted", "Completed"]
"""Activity progress from which on a teacher may open the work (Submission Review 1.0 §3.1)."""
LABEL_LENGTH = 255
"""The shortest limit among the large platforms."""

CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"

column_error = partial(service_error, gone="column_gone")


class LtiGradebook:
    """Implements `integrations.lms.EditableGradebook`; a column's id is its line item's address."""

    def __init__(
        self,
        connector: LtiConnector,
        line_items_url: str,
        scopes: Collection[str],
        work_url: Callable[[int], str] | None = None,
    ) -> None:
        """`work_url` is the launch address of one of our attempts, by its id."""
        self._connector = connector
        self._line_items_url = line_items_url
        self._granted = frozenset(scopes)
        self._work_url = work_url

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """The line item with our `resource_id`, made where there is none yet (AGS 2.0 §3.2.9)."""
        for resource_id in (draft.resource_id, *draft.former_ids):
            found = self._find(resource_id)
            if found is not None:
                return found
        answer = self._connector.make_service_request(
            self._scopes(LINE_ITEM),
            self._line_items_url,
            error_of=course_error,
            is_post=True,
            data=_line_item(draft),
            content_type=LINE_ITEM_TYPE,
            accept=LINE_ITEM_TYPE,
        )
        column_id = _id_of(answer["body"])
        # The standard wants the new line item in the answer; some platforms answer nothing.
        column_id = column_id or self._find(draft.resource_id)
        if column_id is None:
            raise LmsRefused("invalid", "no line item in the answer")
        return column_id

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Post a score (AGS 2.0 §3.4)."""
        try:
            try:
                self._post(column_id, score)
            except LmsRefused as refused:
                if refused.code not in {"invalid", "not_a_student"} or not score.is_new_attempt:
                    raise
                # Canvas's assignment may allow no further submission: the grade goes alone.
                self._post(column_id, replace(score, is_new_attempt=False))
        except _PersonOrColumn as doubt:
            if self._stands(column_id):
                raise LmsRefused("not_a_student", doubt.detail) from doubt
            raise LmsRefused(doubt.otherwise, doubt.detail) from doubt

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """The student's result (AGS 2.0 §3.3); platforms may ignore the filter."""
        url = with_query(address_below(column_id, "results"), user_id=user_id)
        return next((row for row in self._results(url) if row.user_id == user_id), None)

    def look(self) -> None:
        """Read the first page of line items (AGS 2.0 §3.2.4)."""
        url = with_query(self._line_items_url, limit="1")
        _rows(
            self._connector.make_service_request(
                self._scopes(LINE_ITEM), url, accept=LINE_ITEMS_TYPE
            )["body"]
        )

    def standing(self, column_id: str) -> Iterator[StandingScore]:
        """Every student's result (AGS 2.0 §3.3), a page at a time."""
        return self._results(address_below(column_id, "results"))

    def update_column(self, column_id: str, draft: ColumnDraft) -> None:
        """Change label and maximum (AGS 2.0 §3.2.6).

        A change carries the whole line item: what else the platform keeps in it is sent back
        as it was, above all the link it is coupled to.
        """
        scope = self._scopes(LINE_ITEM)
        found = self._connector.make_service_request(
            scope, column_id, error_of=column_error, accept=LINE_ITEM_TYPE
        )["body"]
        if not isinstance(found, dict):
            raise LmsRefused("invalid", "not a line item")
        self._connector.make_service_request(
            scope,
            column_id,
            error_of=column_error,
            method="PUT",
            data=json.dumps({**found, **json.loads(_line_item(draft))}),
            content_type=LINE_ITEM_TYPE,
            accept=LINE_ITEM_TYPE,
        )

    def delete_column(self, column_id: str) -> None:
        """Delete a line item (AGS 2.0 §3.2.7); one that is gone already is fine.

        Raises `LmsRefused('unauthorized')` for a column that the platform itself couples to a
        link (Canvas).
        """
        try:
            self._connector.make_service_request(
                self._scopes(LINE_ITEM), column_id, error_of=column_error, method="DELETE"
            )
        except LmsRefused as refused:
            if refused.code != "column_gone":
                raise

    def _post(self, column_id: str, score: ScoreDraft) -> None:
        self._connector.make_service_request(
            self._scopes(SCORE),
            address_below(column_id, "scores"),
            error_of=_refused_score,
            is_post=True,
            data=self._score(score),
            content_type=SCORE_TYPE,
        )

    def _score(self, score: ScoreDraft) -> str:
        if score.points < 0 or not score.max_points > 0:
            raise LmsRefused("invalid", "points out of range")
        grade = Grade()
        grade.set_score_given(score.points).set_score_maximum(score.max_points)
        grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
        grade.set_timestamp(timestamp(score.scored_at)).set_user_id(score.user_id)
        if score.comment:
            grade.set_comment(score.comment)
        # Canvas would otherwise count every score as a new submission and use up an attempt.
        submission: dict[str, Any] = {"new_submission": score.is_new_attempt}
        if score.submitted_at is not None:
            # Canvas refuses a moment to come, and a clock of ours may be ahead of the score's.
            submission["submitted_at"] = timestamp(min(score.submitted_at, score.scored_at))
        if score.attempt_id is not None and self._work_url is not None:
            submission["submission_type"] = "basic_lti_launch"
            submission["submission_data"] = self._work_url(score.attempt_id)
        grade.set_extra_claims({CANVAS_SUBMISSION: submission})
        return str(grade.get_value())

    def _results(self, url: str) -> Iterator[StandingScore]:
        for page in self._connector.get_paginated_data(
            self._scopes(RESULT_READ), url, error_of=column_error, accept=RESULTS_TYPE
        ):
            for result in _rows(page["body"]):
                if isinstance(result.get("userId"), str):
                    yield StandingScore(
                        user_id=result["userId"],
                        points=_number(result.get("resultScore")),
                        max_points=_number(result.get("resultMaximum")),
                    )

    def _find(self, resource_id: str) -> str | None:
        url = with_query(self._line_items_url, resource_id=resource_id)
        for page in self._connector.get_paginated_data(
            self._scopes(LINE_ITEM, LINE_ITEM_READ),
            url,
            error_of=course_error,
            accept=LINE_ITEMS_TYPE,
        ):
            for row in _rows(page["body"]):
                # Platforms may ignore the filter: only our own resource id counts.
                if row.get("resourceId") == resource_id and _id_of(row):
                    return _id_of(row)
        return None

    def _stands(self, column_id: str) -> bool:
        """True where the line item can still be read: then it was the person who is missing."""
        try:
            self._connector.make_service_request(
                self._scopes(LINE_ITEM, LINE_ITEM_READ),
                column_id,
                error_of=column_error,
                accept=LINE_ITEM_TYPE,
            )
        except LmsRefused:
            return False
        return True

    def _scopes(self, *any_of: str) -> list[str]:
        """The first granted scope of `any_of`; administrators may have struck some."""
        for scope in any_of:
            if scope in self._granted:
                return [scope]
        raise LmsRefused("forbidden", "scope not granted")


class _PersonOrColumn(LmsError):
    """D2L answers 403 or 404 to a score of someone who left, as it does for a lost column."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__("unclear", f"HTTP {response.status_code}")
        self.otherwise = "forbidden" if response.status_code == 403 else "column_gone"


def _refused_score(response: requests.Response) -> LmsError:
    if response.status_code in {403, 404} and not is_rate_limit(response):
        return _PersonOrColumn(response)
    return score_error(response)


def address_below(url: str, part: str) -> str:
    """`url` with `/part` added to its path; its query stays (AGS 2.0 §3.4, Moodle has one)."""
    split = urlsplit(url)
    return urlunsplit(split._replace(path=f"{split.path.rstrip('/')}/{part}"))


def with_query(url: str, **more: str) -> str:
    """`url` with further query parameters; those it has stay as they are."""
    split = urlsplit(url)
    kept = [pair for pair in parse_qsl(split.query, keep_blank_values=True) if pair[0] not in more]
    return urlunsplit(split._replace(query=urlencode([*kept, *more.items()])))


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: a second score within one second must be newer.

    pylti1p3's own formatting drops what is below a second.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _line_item(draft: ColumnDraft) -> str:
    if not draft.max_points > 0:  # AGS 2.0 §3.2.8: strictly greater than zero
        raise LmsRefused("invalid", "a column needs points")
    item = LineItem()
    # pylti1p3 leaves an empty label out, which platforms refuse: a title is always sent.
    item.set_label(draft.title.strip()[:LABEL_LENGTH] or draft.resource_id)
    item.set_score_maximum(draft.max_points)
    item.set_resource_id(draft.resource_id).set_tag(TAG)
    item.set_submission_review(REVIEWABLE)
    return str(item.get_value())


def _rows(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, list):
        raise LmsRefused("invalid", "not a list")
    return [row for row in body if isinstance(row, dict)]


def _id_of(row: Any) -> str | None:
    value = row.get("id") if isinstance(row, dict) else None
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
