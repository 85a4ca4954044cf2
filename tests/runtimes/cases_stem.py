"""What holds for a client that was started ahead of need, beyond all that holds for one that was not."""
import os

import client as starting
from cases import Skipped, case
from client import Client, same

TELLS_ENVIRONMENT = {
    "python": ({"f.py": "import os\ndef handler(event, context):\n    return {'variables': dict(os.environ), 'folder': os.getcwd()}\n"}, "f.handler"),
    "nodejs": ({"f.js": "exports.handler = async () => ({ variables: process.env, folder: process.cwd() });\n"}, "f.handler"),
    "ruby": ({"f.rb": "def handler(event:, context:)\n  { variables: ENV.to_h, folder: Dir.pwd }\nend\n"}, "f.handler"),
}
TELLS_CHILD = {
    "python": ({"f.py": "import subprocess\ndef handler(event, context):\n    return subprocess.check_output(['/bin/sh', '-c', 'env']).decode()\n"}, "f.handler"),
    "nodejs": ({"f.js": "exports.handler = async () => require('child_process').execSync('env').toString();\n"}, "f.handler"),
    "ruby": ({"f.rb": "def handler(event:, context:)\n  `env`\nend\n"}, "f.handler"),
}


def start(language, functions, **options):
    files, handler = functions[language.name]
    return Client(language, files, handler, **options)


@case()
def has_the_same_variables_however_it_was_started(language):
    told = {}
    was = starting.from_stems
    try:
        for starting.from_stems in (False, True):
            with start(language, TELLS_ENVIRONMENT, variables={"MINE": "is ü", "EMPTY": ""}) as client:
                answer = client.invoke({})[0].json
                same(os.path.realpath(answer["folder"]), os.path.realpath(client.task))
                variables = answer["variables"]
                same((variables["MINE"], variables["EMPTY"]), ("is ü", ""))
                told[starting.from_stems] = {
                    name: value.replace(client.task, "TASK").replace(client.server.address, "API") for name, value in variables.items()}
    finally:
        starting.from_stems = was
    same(told[True], told[False])


@case()
def gives_its_variables_to_its_children(language):
    with start(language, TELLS_CHILD, variables={"MINE": "is mine"}) as client:
        lines = client.invoke({})[0].json.splitlines()
        assert "MINE=is mine" in lines and "_HANDLER=f.handler" in lines, lines
        assert not any(line.startswith(("PILOTLIGHT_STEM", "_LAMBDA_TELEMETRY_LOG_FD")) for line in lines), lines


@case()
def knows_no_function_before_it_is_told(language):
    if not starting.from_stems:
        raise Skipped("it is started for its function")
    with start(language, TELLS_ENVIRONMENT, variables={"MINE": "secret"}) as client:
        client.ready()
        # What the kernel shows of its start, for ever after.
        with open(f"/proc/{client.process.pid}/environ", "rb") as file:
            started_with = file.read().decode()
        for absent in ("secret", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "_HANDLER", "AWS_LAMBDA_FUNCTION"):
            assert absent not in started_with, started_with
        same(client.invoke({})[0].json["variables"]["MINE"], "secret")


@case()
def asks_for_its_function_once_and_on_the_connection_that_it_keeps(language):
    with start(language, TELLS_ENVIRONMENT) as client:
        client.invoke({})
        client.invoke({})
        same(client.server.connections, 1)
