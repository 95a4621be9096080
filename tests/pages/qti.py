"""Taking questions over from a QTI file."""

from tests.pages import TEACHER, Page

PAGES = [
    Page(
        TEACHER, "/plan/{target}/checkpoints/{checkpoint}/qti", most_queries=4, look="teacher-qti"
    ),
    Page(TEACHER, "/plan/{target}/checkpoints/{checkpoint}/qti", "POST"),
]
