"""A practice LMS and a practice Google Classroom, on loopback, for trying out and for tests.

Faithful where a tool could notice: signatures, scopes, pages, media types, error bodies. It keeps
everything in memory and forgets it when it stops.
"""
