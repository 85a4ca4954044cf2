"""What user code finds when it starts: its search path, the builtins `site` would have made, its log."""
import builtins
import os
import sys

from .import_hooks import call_after_import


def prepare(runtime_dir, stdlib, has_own_path, sink, invocation):
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    if has_own_path:
        # As on AWS, a PYTHONPATH of the function's own takes the place of the layers' folders.
        given = [os.path.abspath(path) for path in os.environ["PYTHONPATH"].split(os.pathsep) if path]
    else:
        layer = "/opt/python"
        given = [f"{layer}/lib/python3.{sys.version_info[1]}/site-packages", layer]
    folders = [task_root, *given]
    # Dropping those that are not there spares every later import a look.
    present = [folder for folder in dict.fromkeys(folders) if os.path.exists(folder)]
    if runtime_dir not in present:
        present.append(runtime_dir)
    sys.path[:] = present + stdlib
    builtins.exit = builtins.quit = leave
    builtins.help = help_on

    def set_up_logging(logging):
        from .user_logging import set_up
        set_up(logging, sink, invocation)

    call_after_import("logging", set_up_logging)
    if any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ):
        from .sdk_endpoints import teach_endpoints
        call_after_import("botocore.session", teach_endpoints)
    for folder in present:
        if folder != runtime_dir:
            obey_site_files(folder)


def obey_site_files(folder):
    """`.pth` files and `sitecustomize` (how tracing layers attach), as `site` would, for these folders only."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    if any(name.endswith(".pth") for name in names):
        import site
        site.addsitedir(folder)
    if "sitecustomize.py" in names:
        import sitecustomize  # noqa: F401


def leave(code=None):
    raise SystemExit(code)


def help_on(*arguments):
    import pydoc
    return pydoc.help(*arguments)
