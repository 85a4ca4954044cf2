"""How each language's client is started: the platform's command lines, with this machine's interpreters."""
import re
import subprocess

import functions
from client import Language


def node_flags():
    """As the platform does: only the versions that have these on, and call them experimental, know the flags."""
    try:
        told = subprocess.run(["/usr/bin/node", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return []
    major, minor = map(int, re.match(r"v(\d+)\.(\d+)", told).groups())
    if major == 22 or (major == 20 and minor >= 17):
        return ["--no-experimental-require-module", "--no-experimental-detect-module"]
    return []


LANGUAGES = {
    "python": Language(
        "python", "python3.11", ["/usr/bin/python3.11", "-S", "-B", "-X", "utf8", "{runtime}/bootstrap.py"],
        {"PYTHONPATH": "{runtime}", "LC_CTYPE": "C.UTF-8"}, functions=functions.PYTHON),
    "nodejs": Language(
        "nodejs", "nodejs20.x",
        ["/usr/bin/node", *node_flags(), "{runtime}/index.cjs"],
        {"NODE_PATH": "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:{runtime}/node_modules:{runtime}:{task}"},
        functions=functions.NODEJS),
    "ruby": Language(
        "ruby", "ruby3.2", ["/usr/bin/ruby", "--disable-gems", "{runtime}/bootstrap.rb"],
        {"GEM_HOME": "{runtime}",
         "GEM_PATH": "{task}/vendor/bundle/ruby/3.1.0:/opt/ruby/gems/3.1.0:{runtime}:{runtime}/ruby/3.1.0",
         "RUBYLIB": "{task}:{runtime}/lib:/opt/ruby/lib"},
        functions=functions.RUBY),
}
