"""Entry of the Python runtime client: makes the module search path, then runs the function.

Started as `python3.N -S -B -X utf8 bootstrap.py`. `-S` keeps the machine's own packages out of sight;
the path is made here, before anything is imported from it. It holds no more than this because a script,
unlike a module, is compiled at every start.
"""
import sys

runtime_dir = sys.path[0]
# Our own modules and the standard library come first while the client loads: a function's `json.py`
# is the function's business, not ours.
stdlib = sys.path[-3:]
sys.path[:] = [runtime_dir] + stdlib

from pilotlight_runtime.runtime import main

main(runtime_dir, stdlib)
