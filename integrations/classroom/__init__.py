"""Google Classroom: a teacher's grant, and the API behind the port."""
