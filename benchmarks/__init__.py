"""What Servanda's parts take, measured: `python -m benchmarks.kernel_scan --json` and others.

Nothing runs on import. Each prints its figures with the machine and the seed that they were
measured with; `docs/benchmarks.md` keeps a table of them.
"""
