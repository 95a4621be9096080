"""The planner: who should meet whom, on what, when. Values in, values out; no database."""
