"""A team's plan for a day: made by a worker, changed by teachers, published in one step."""
