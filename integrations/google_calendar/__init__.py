"""Google Calendar over google-api-python-client."""
