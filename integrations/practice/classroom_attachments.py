"""Add-on attachments in the practice Classroom's memory: made by add-ons, copied by teachers."""

from datetime import UTC, datetime, timedelta

from integrations.practice.classroom_addon_context import give_token
from integrations.practice.classroom_store import PracticeClassroom, Resource, TokenLimit

NOT_COPIED = {"courseId", "id", "alternateLink", "creationTime", "updateTime", "topicId"}


def give_own_token(
    classroom: PracticeClassroom, item: Resource, user_id: str, seconds: float = 3600
) -> str:
    """An `addOnToken` as an iframe for attaching gets it: for one item and one teacher, a while."""
    token = give_token(classroom, item["courseId"], item["id"])
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    classroom.token_limits[token] = TokenLimit(user_id, ends)
    return token


def attach(classroom: PracticeClassroom, item: Resource, fields: Resource, owner: str) -> Resource:
    """A project attaches something to a post; `fields` in Google's words."""
    attachment: Resource = {
        **fields,
        "courseId": item["courseId"],
        "itemId": item["id"],
        "postId": item["id"],
        "id": f"{item['id']}{classroom.next_number(item['id']):03}",
        "_owner": owner,
    }
    on_item = classroom.attachments.setdefault((item["courseId"], item["id"]), [])
    on_item.append(attachment)
    choose_grade_sync(classroom, item)
    return attachment


def choose_grade_sync(classroom: PracticeClassroom, item: Resource) -> None:
    """The first attachment of an assignment that gives points is the one whose grades stand in
    the gradebook; at most one is."""
    chosen = None
    for one in classroom.attachments.get((item["courseId"], item["id"]), []):
        gives = bool(one.get("maxPoints")) and item.get("workType") is not None
        chosen = chosen or (one if gives else None)
        one["gradeSyncEnabled"] = one is chosen


def copy_item(classroom: PracticeClassroom, item: Resource, into_course_id: str) -> Resource:
    """A teacher reuses a post, here or in another course: its attachments come along with ids of
    their own, and name all they were copied from, oldest first."""
    copied = {
        name: value
        for name, value in item.items()
        if name not in NOT_COPIED and not name.startswith("_")
    }
    if "text" in item:
        copy = classroom.announce(into_course_id, item["text"], item["_owner"])
    else:
        copy = classroom.add_work(
            into_course_id, owner=item["_owner"], material=item["_material"], **copied
        )
    for one in list(classroom.attachments.get((item["courseId"], item["id"]), [])):
        origin = {
            "courseId": one["courseId"],
            "itemId": one["itemId"],
            "postId": one["itemId"],
            "attachmentId": one["id"],
        }
        history = [*one.get("copyHistory", []), origin]
        attach(classroom, copy, {**one, "copyHistory": history}, one["_owner"])
    return copy


def copy_course(
    classroom: PracticeClassroom, google_course_id: str, course_id: str
) -> list[Resource]:
    """The school's course `course_id` begins in Classroom as a copy of another one: its posts
    come along as drafts, nobody's work does. Returns the new posts, in the order of the old."""
    classroom.open_course(course_id, ())
    items = [*classroom.works[google_course_id], *classroom.announcements[google_course_id]]
    into = classroom.google_course_id(course_id)
    copies = [copy_item(classroom, item, into) for item in items]
    for copy in copies:
        copy["state"] = "DRAFT"
    return copies
