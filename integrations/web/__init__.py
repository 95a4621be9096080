"""Reading pages of the open web that teachers link to."""
