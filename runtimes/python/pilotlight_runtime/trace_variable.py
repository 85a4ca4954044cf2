"""`_X_AMZN_TRACE_ID`: in `os.environ` with every invocation, in the process's own environment when it is read there.

glibc keeps every value that `setenv` was ever given, which with its tree is about 140 bytes: at thousands of invocations
a second a function would be killed for its memory within hours. Only programs that are started from here read the
process's environment, so it is written when one is about to be.
"""
import os

_NAME = "_X_AMZN_TRACE_ID"
# The bytes that `os.environ` decodes at every read.
_values = getattr(os.environ, "_data", None)
_key = _NAME.encode()
_is_stale = False


def set_trace(value):
    """`value`: bytes as they came in the header, or None when there is no trace."""
    global _is_stale
    if _values is None:
        if value is None:
            os.environ.pop(_NAME, None)
        else:
            os.environ[_NAME] = value.decode("utf-8", "replace")
    elif value is None:
        if _values.pop(_key, None) is not None:
            _is_stale = True
    elif b"\0" not in value:
        _values[_key] = value
        _is_stale = True


def _write():
    global _is_stale
    if not _is_stale:
        return
    _is_stale = False
    value = _values.get(_key)
    if value is None:
        os.unsetenv(_NAME)
    else:
        os.putenv(_key, value)


def _writing_first(call):
    def wrapper(*args, **kwargs):
        _write()
        return call(*args, **kwargs)

    wrapper.__name__ = wrapper.__qualname__ = call.__name__
    wrapper.__doc__ = call.__doc__
    wrapper.__wrapped__ = call
    return wrapper


def watch_children():
    """Wraps what hands the process's environment on. To be called before code of the function runs."""
    if _values is None:
        return
    import _posixsubprocess
    _posixsubprocess.fork_exec = _writing_first(_posixsubprocess.fork_exec)
    # `os` finds these among its own names when `spawnl`, `execvp` and their kin call them.
    for name in ("system", "fork", "forkpty", "execv"):
        setattr(os, name, _writing_first(getattr(os, name)))
