"""Runs something right after a module was imported for the first time; costs nothing until then."""
import sys

_waiting = {}


def call_after_import(name, action):
    module = sys.modules.get(name)
    if module is not None:
        action(module)
        return
    if not _waiting:
        sys.meta_path.insert(0, _Finder)
    _waiting[name] = action


class _Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        action = _waiting.pop(name, None)
        if action is None:
            return None
        if not _waiting:
            sys.meta_path.remove(_Finder)
        for finder in list(sys.meta_path):
            if finder is not _Finder:
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    spec.loader = _Loader(spec.loader, action)
                    return spec
        return None


class _Loader:
    def __init__(self, loader, action):
        self._loader = loader
        self._action = action

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # The module keeps its true loader, which it may ask for resources.
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._action(module)
