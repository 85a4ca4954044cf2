"""How each language's client is started: the platform's command lines, with this machine's interpreters."""
from client import Language

LANGUAGES = {
    "python": Language(
        "python", "python3.11", ["/usr/bin/python3.11", "-S", "-B", "-X", "utf8", "{runtime}/bootstrap.py"]),
}
