"""The demo: Pathways, its worker and the practice LMS on loopback, with a fictional school."""
