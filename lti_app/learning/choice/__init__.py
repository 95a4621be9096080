"""How much a student chooses, and pathways that students propose."""
