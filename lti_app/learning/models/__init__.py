"""Standards, targets, pathways, checkpoints, attempts, mastery, choice and voice."""

from lti_app.learning.models.attempts import (
    Attempt,
    EvidenceComment,
    EvidenceFile,
    FeedbackPhrase,
    Score,
)
from lti_app.learning.models.checkpoints import Checkpoint, CheckpointItem, RetakePermit
from lti_app.learning.models.choice import ChoiceChange, ChoiceSetting, Proposal, ProposalWord
from lti_app.learning.models.copies import CopiedRow, CopyKind
from lti_app.learning.models.mastery import Mastery, MasteryChange
from lti_app.learning.models.pathways import (
    Activity,
    ActivityDone,
    Pathway,
    PathwayChoice,
    PathwayWalk,
)
from lti_app.learning.models.standards import Framework, Standard, target_standards
from lti_app.learning.models.targets import Target, TeamRules, Unit, target_needs
from lti_app.learning.models.voice import Goal, Reflection, VoiceNote
from lti_app.learning.models.words import (
    ActivityKind,
    AnswerKind,
    ChoiceLevel,
    GoalState,
    Level,
    MasteryRule,
    ProposalState,
    ScoreSource,
    Source,
)

__all__ = [
    "Activity",
    "ActivityDone",
    "ActivityKind",
    "AnswerKind",
    "Attempt",
    "Checkpoint",
    "CheckpointItem",
    "ChoiceChange",
    "ChoiceLevel",
    "ChoiceSetting",
    "CopiedRow",
    "CopyKind",
    "EvidenceComment",
    "EvidenceFile",
    "FeedbackPhrase",
    "Framework",
    "Goal",
    "GoalState",
    "Level",
    "Mastery",
    "MasteryChange",
    "MasteryRule",
    "Pathway",
    "PathwayChoice",
    "PathwayWalk",
    "Proposal",
    "ProposalState",
    "ProposalWord",
    "Reflection",
    "RetakePermit",
    "Score",
    "ScoreSource",
    "Source",
    "Standard",
    "Target",
    "TeamRules",
    "Unit",
    "VoiceNote",
    "target_needs",
    "target_standards",
]
