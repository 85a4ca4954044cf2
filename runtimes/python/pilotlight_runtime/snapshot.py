"""SnapStart: runs the function's hooks around the moment at which the environment is put to sleep."""
import sys

EXIT_BEFORE_SNAPSHOT = 64
EXIT_AFTER_RESTORE = 65


def wait_for_restore(api, sink):
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        for hook in reversed(hooks.before_snapshot if hooks else []):
            hook()
        api.restore_next()
    except Exception as error:
        report(api, sink, error, b"init/error", "Runtime.BeforeSnapshotError")
        sys.exit(EXIT_BEFORE_SNAPSHOT)
    try:
        for hook in hooks.after_restore if hooks else []:
            hook()
    except Exception as error:
        report(api, sink, error, b"restore/error", "Runtime.AfterRestoreError")
        sys.exit(EXIT_AFTER_RESTORE)


def report(api, sink, error, path, header_type):
    from .errors import Report
    told = Report(error, "", header_type)
    told.log(sink)
    api.post_error(path, told.body, told.headers)
