"""What Canvas adds to LTI: its own REST API."""
