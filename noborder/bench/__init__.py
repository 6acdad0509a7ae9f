"""The benchmarks of `manage.py bench`: figures of one run, each beside a baseline of the same run."""
