"""How each language's client is started: the platform's command lines, with this machine's interpreters."""
import functions
from client import Language

LANGUAGES = {
    "python": Language(
        "python", "python3.11", ["/usr/bin/python3.11", "-S", "-B", "-X", "utf8", "{runtime}/bootstrap.py"],
        functions=functions.PYTHON),
    "nodejs": Language(
        "nodejs", "nodejs20.x",
        ["/usr/bin/node", "--no-experimental-require-module", "--no-experimental-detect-module",
         "{runtime}/index.cjs"],
        {"NODE_PATH": "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:{runtime}/node_modules:{runtime}:{task}"},
        functions=functions.NODEJS),
    "ruby": Language(
        "ruby", "ruby3.2", ["/usr/bin/ruby", "--disable-gems", "{runtime}/bootstrap.rb"],
        {"GEM_HOME": "{runtime}",
         "GEM_PATH": "{task}/vendor/bundle/ruby/3.1.0:/opt/ruby/gems/3.1.0:{runtime}:{runtime}/ruby/3.1.0",
         "RUBYLIB": "{task}:{runtime}/lib:/opt/ruby/lib"},
        functions=functions.RUBY),
}
