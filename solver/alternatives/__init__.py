"""Every way to do one item now: source x mode x resource x promised window.

Ways that cannot work are cut by data first, and the first constraint that rules out a site or
a vehicle is counted.

`finder.py` says what is asked in which order: for each service level and mode (`ways.py`) it looks at
the windows that may be promised (`windows.py`), the sites that goods come from (`sources.py`), and who
does it: `mobiles.py`, `counters.py`, `carriers.py`, `desks.py`, or nobody (`digital.py`). Each takes a
`Look` and yields each `Alternative` that works; what does not is counted in a `Tally`.
"""
