"""Where a piece of coursework belongs, before there need be a target."""

from dataclasses import dataclass

from integrations.lms import Topic
from lti_app.learning.models import Standard
from lti_app.sync.titles import as_target, shortened


@dataclass(frozen=True)
class Home:
    """The key of a target among a section's mirrored items, and what to call a new one."""

    key: str
    """`standard:<code key>`, `topic:<topic id>`, `topic:`, or, where a teacher said so,
    `target:<id>`."""
    standard: Standard | None
    topic: Topic | None
    named: str = ""
    """Code key of the standard that the coursework names."""

    @property
    def facts(self) -> dict[str, str]:
        """What `MirroredItem.seen` keeps of it."""
        topic_id = self.topic.id if self.topic else ""
        return {"home": self.key, "topic": topic_id, "named": self.named}

    @property
    def title(self) -> str:
        """Title of the target when it has to be made; a teacher may say it better."""
        if self.standard is not None:
            return shortened(as_target(self.standard.statement))
        return shortened(self.topic.title if self.topic else "") or "Other work"
