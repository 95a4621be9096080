"""What the practice Classroom's courses hold at first: two units of 5th-grade math."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """One piece of coursework, or a material."""

    title: str
    description: str = ""
    topic: str = "Unit 3: Fractions"
    points: float | None = None
    link: str | None = None
    video: str | None = None
    form: str | None = None
    ours: bool = False
    material: bool = False
    turned_in_share: float = 0.0
    """How many of the students have turned it in, and were graded."""


TOPICS = ("Unit 2: Decimals", "Unit 3: Fractions")

WORKS = (
    Work(
        "Exit ticket: adding fractions",
        "CCSS.MATH.CONTENT.5.NF.A.1 · Add 2/3 + 1/4 and show your work.",
        points=4,
        turned_in_share=0.9,
    ),
    Work(
        "Check-in: fractions as division",
        "5.NF.B.3 · Five friends share three granola bars. How much does each get?",
        points=5,
        turned_in_share=0.7,
    ),
    Work(
        "Checkpoint: fraction times whole number",
        "5.NF.4a · What is 3 × 2/5? Draw it, then write it.",
        points=4,
        ours=True,
    ),
    Work(
        "Word problems with fractions",
        "Standard 5.NF.B.6. Pick three of the five problems.",
        form="https://docs.google.com/forms/d/e/word-problems/viewform",
        points=10,
        turned_in_share=0.5,
    ),
    Work("Warm-up", "A quick start for Tuesday.", points=2, turned_in_share=1.0),
    Work("Warm-up", "A quick start for Wednesday.", points=2, turned_in_share=0.8),
    Work("Fraction strips: make your own set", "5.NF.A.1 · Paper, ruler, scissors."),
    Work(
        "Rounding decimals exit ticket",
        "5.NBT.4 · Round 3.476 to the nearest tenth.",
        topic="Unit 2: Decimals",
        points=4,
        turned_in_share=1.0,
    ),
    Work(
        "Comparing decimals",
        "5.NBT.A.3b",
        topic="Unit 2: Decimals",
        points=5,
        turned_in_share=0.9,
    ),
    Work(
        "Multiplying fractions with an area model",
        "5.NF.B.4",
        video="https://www.youtube.com/watch?v=practice4nf",
        material=True,
    ),
    Work(
        "Practice: multiply fractions by whole numbers",
        "For 5.NF.4a. Stop when you have five in a row.",
        link="https://practice.example.org/5nf4a",
        material=True,
    ),
    Work(
        "Game: fraction war",
        "Two players, one deck. 5.NF.4a",
        link="https://games.example.org/fraction-war",
        material=True,
    ),
    Work(
        "Decimal place value chart",
        "5.NBT.A.3",
        topic="Unit 2: Decimals",
        link="https://docs.google.com/document/d/place-value",
        material=True,
    ),
)
