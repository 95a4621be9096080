"""Photos and files that show a student's work, and a teacher's remarks beside them."""
