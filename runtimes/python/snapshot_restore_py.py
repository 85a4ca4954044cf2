"""The module that functions import to register hooks for SnapStart. Hooks before the snapshot run last first."""
before_snapshot = []
after_restore = []


def register_before_snapshot(function, *arguments, **options):
    before_snapshot.append(lambda: function(*arguments, **options))
    return function


def register_after_restore(function, *arguments, **options):
    after_restore.append(lambda: function(*arguments, **options))
    return function
