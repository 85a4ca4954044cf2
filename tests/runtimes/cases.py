"""How a case is declared: a function on a language, found by its name, which reads as a sentence."""

CASES = []


class Skipped(Exception):
    """Raised by a case that cannot run here, with the reason."""


def case(*languages):
    """Declares a case for some languages, or for all when none is named. It gets the Language."""
    def declare(function):
        CASES.append((function, languages))
        return function
    return declare


def of(language, only=None):
    for function, languages in CASES:
        name = function.__name__.strip("_").replace("_", " ")
        if (not languages or language in languages) and (only is None or only in name):
            yield name, function
