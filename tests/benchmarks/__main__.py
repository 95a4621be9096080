"""`make bench`: all benchmarks, one table each."""

from tests.benchmarks import bench_launch

if __name__ == "__main__":
    bench_launch.main()
