"""`make bench`: all benchmarks, one table each."""

from tests.benchmarks import (
    bench_district,
    bench_grid,
    bench_launch,
    bench_launch_cost,
    bench_planner,
    bench_recalculate,
    bench_roster,
)

if __name__ == "__main__":
    bench_launch.main()
    bench_launch_cost.main()
    bench_grid.main()
    bench_recalculate.main()
    bench_planner.main()
    bench_roster.main()
    bench_district.main([])
