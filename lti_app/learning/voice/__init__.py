"""What students say: goals for the week, reflection, own progress, and the student-voice box."""
