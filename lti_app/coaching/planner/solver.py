"""How CP-SAT is run: alike on every machine, however fast."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver


def solved(model: "CpModel", steps: float) -> "CpSolver | None":
    """A solver that found a solution within `steps` (CP-SAT's deterministic time, about seconds
    on a small server); None where it found none.

    The full linear relaxation (level 2) is what proves these models good quickly.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 5
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = steps
    status = solver.solve(model)
    return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None
