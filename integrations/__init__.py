"""Clients of other people's systems. Nothing here knows Pathways itself."""
