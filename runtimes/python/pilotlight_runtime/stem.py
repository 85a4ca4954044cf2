"""A start ahead of need: loads what every function needs, then waits to be told which function this is.

Only what a plain start loads too is loaded here: a module of the function's code wins over one of the standard library
(`json`, which our `errors` would bring) only while that is not loaded.
"""
import os

# What a start would otherwise load while its first request waits.
from . import context, json_codec, log_sink, user_environment  # noqa: F401


def wait_for_assignment(api):
    variables = json_codec.decode(api.get(b"/_pilotlight/assignment"))["variables"]
    environ = os.environ
    for name in [name for name in environ if name not in variables]:
        del environ[name]
    environ.update(variables)
    # The folder in which this process started lies below the function's code now.
    os.chdir(environ["LAMBDA_TASK_ROOT"])
