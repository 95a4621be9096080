"""The Google Classroom add-on: attachments inside an assignment, opened in Classroom's iframe."""
