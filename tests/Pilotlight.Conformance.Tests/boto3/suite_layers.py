"""Layers and code signing, driven by boto3: published, given to functions, and used by code in real runtimes."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request

from harness import Function, Skipped, client, main, name, package, refused

PROFILE = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/conformance/0123456789"


class Layer:
    """A layer that exists while the block runs, with one version for each package."""

    def __init__(self, *files, **settings):
        self.lambda_ = client("lambda")
        self.name = name("layer")
        self.published = [
            self.lambda_.publish_layer_version(LayerName=self.name, Content={"ZipFile": package(content)}, **settings) for content in files]
        self.arn = self.published[-1]["LayerVersionArn"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for version in self.published:
            self.lambda_.delete_layer_version(LayerName=self.name, VersionNumber=version["Version"])


def answer(function, payload=b"{}"):
    got = function.invoke(payload)
    assert "FunctionError" not in got, got
    return json.loads(got["Payload"])


def test_the_life_of_a_layer():
    with Layer({"a": "1"}, {"a": "2"}, CompatibleRuntimes=["python3.13"], Description="d", LicenseInfo="MIT") as layer:
        lambda_ = layer.lambda_
        second = layer.published[1]
        assert [v["Version"] for v in layer.published] == [1, 2] and second["ResponseMetadata"]["HTTPStatusCode"] == 201
        with urllib.request.urlopen(second["Content"]["Location"]) as download:
            zipped = download.read()
        assert base64.b64encode(hashlib.sha256(zipped).digest()).decode() == second["Content"]["CodeSha256"]
        listed = lambda_.list_layer_versions(LayerName=layer.name)["LayerVersions"]
        assert [v["Version"] for v in listed] == [2, 1] and listed[0]["Description"] == "d", listed
        for got in (lambda_.get_layer_version(LayerName=layer.name, VersionNumber=2), lambda_.get_layer_version_by_arn(Arn=layer.arn)):
            assert got["LayerVersionArn"] == layer.arn and got["LicenseInfo"] == "MIT", got
        pages = lambda_.get_paginator("list_layers").paginate(CompatibleRuntime="python3.13", PaginationConfig={"PageSize": 1})
        mine = [item for page in pages for item in page["Layers"] if item["LayerName"] == layer.name]
        assert len(mine) == 1 and mine[0]["LatestMatchingVersion"]["Version"] == 2, mine
        lambda_.add_layer_version_permission(
            LayerName=layer.name, VersionNumber=2, StatementId="s", Action="lambda:GetLayerVersion", Principal="*")
        policy = lambda_.get_layer_version_policy(LayerName=layer.name, VersionNumber=2)
        assert json.loads(policy["Policy"])["Statement"][0]["Resource"] == layer.arn
        lambda_.remove_layer_version_permission(LayerName=layer.name, VersionNumber=2, StatementId="s", RevisionId=policy["RevisionId"])
        refused(lambda: lambda_.get_layer_version_policy(LayerName=layer.name, VersionNumber=2), "ResourceNotFoundException",
                "No policy is associated with the given resource.", 404)
    assert lambda_.list_layer_versions(LayerName=layer.name)["LayerVersions"] == []
    again = lambda_.publish_layer_version(LayerName=layer.name, Content={"ZipFile": package({"a": "3"})})
    assert again["Version"] == 3, again
    lambda_.delete_layer_version(LayerName=layer.name, VersionNumber=3)


def test_python_imports_from_layers_and_the_later_one_wins():
    code = ("import sys, os, json, first, second, deep\n"
            "def handler(event, context):\n"
            "    return [first.who, second.who, deep.who, open('/opt/plain.txt').read(), sorted(os.listdir('/opt'))]\n")
    with Function("import sys\ndef handler(event, context):\n    return sys.version_info[1]\n") as probe:
        minor = answer(probe)
    below = {"python/first.py": "who = 'lower'", "python/second.py": "who = 'lower'", "plain.txt": "lower"}
    above = {"python/second.py": "who = 'upper'", f"python/lib/python3.{minor}/site-packages/deep.py": "who = 'deep'", "plain.txt": "upper"}
    with Layer(below) as lower, Layer(above) as upper:
        with Function(code, Layers=[lower.arn, upper.arn]) as function:
            assert [layer["Arn"] for layer in function.created["Layers"]] == [lower.arn, upper.arn]
            assert answer(function) == ["lower", "upper", "deep", "upper", ["plain.txt", "python"]]
            lambda_ = function.lambda_
            lambda_.update_function_configuration(FunctionName=function.name, Layers=[upper.arn, lower.arn])
            lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
            assert answer(function) == ["lower", "lower", "deep", "lower", ["plain.txt", "python"]]


def test_layers_cannot_be_written():
    code = ("def handler(event, context):\n    problems = []\n    for path in ('/opt/new', '/opt/python/m.py'):\n        try:\n            open(path, 'w')\n"
            "        except OSError as e:\n            problems.append(e.errno)\n    return problems\n")
    with Layer({"python/m.py": "x = 1"}) as layer, Layer({"other": "y"}) as other:
        with Function(code, Layers=[layer.arn, other.arn]) as function:
            assert all(errno in (13, 30) for errno in answer(function)) and len(answer(function)) == 2


def test_a_deleted_layer_stays_where_it_is_used():
    with Function("def handler(event, context):\n    import lib\n    return lib.who\n") as function:
        with Layer({"python/lib.py": "who = 'still here'"}) as layer:
            function.lambda_.update_function_configuration(FunctionName=function.name, Layers=[layer.arn])
            function.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig={"Delay": 1})
        assert answer(function) == "still here"
        shown = function.lambda_.get_function_configuration(FunctionName=function.name)["Layers"]
        assert [item["Arn"] for item in shown] == [layer.arn] and shown[0]["CodeSize"] > 0


def test_node_requires_from_layers():
    files = {
        "nodejs/node_modules/plain/index.js": "module.exports = 'plain';",
        "nodejs/node_modules/plain/package.json": '{"name": "plain", "version": "1.0.0"}',
        "lib/marker": "", "bin/hello": ("#!/bin/sh\necho from a layer\n", 0o755),
    }
    code = {"index.js": "const plain = require('plain'); const { execSync } = require('child_process');\n"
                        "exports.handler = async () => [plain, execSync('hello').toString().trim(), process.env.LD_LIBRARY_PATH.split(':').pop()];\n"}
    with Layer(files) as layer, Function(code, runtime="nodejs22.x", handler="index.handler", Layers=[layer.arn]) as function:
        assert answer(function) == ["plain", "from a layer", "/opt/lib"]


def test_ruby_loads_from_layers():
    with Function({"app.rb": "def handler(event:, context:)\n  RUBY_VERSION.split('.')[0..1].join('.') + '.0'\nend\n"}, runtime="ruby3.3") as probe:
        series = answer(probe)
    gem = f"ruby/gems/{series}"
    files = {
        "ruby/lib/layered.rb": "LAYERED = 'lib'",
        f"{gem}/gems/tiny-1.0.0/lib/tiny.rb": "TINY = 'gem'",
        f"{gem}/specifications/tiny-1.0.0.gemspec":
            "Gem::Specification.new do |s|\n  s.name = 'tiny'\n  s.version = '1.0.0'\n  s.summary = 't'\n  s.authors = ['t']\n  s.files = ['lib/tiny.rb']\n"
            "  s.require_paths = ['lib']\nend\n",
    }
    code = {"app.rb": "require 'layered'\nrequire 'tiny'\ndef handler(event:, context:)\n  [LAYERED, TINY]\nend\n"}
    with Layer(files) as layer, Function(code, runtime="ruby3.3", Layers=[layer.arn]) as function:
        assert answer(function) == ["lib", "gem"]


def compiled(folder, sources, *options):
    """Java classes as {path: bytes}."""
    for path, text in sources.items():
        os.makedirs(os.path.dirname(f"{folder}/{path}") or folder, exist_ok=True)
        with open(f"{folder}/{path}", "w") as file:
            file.write(text)
    out = f"{folder}/classes"
    subprocess.run(["javac", "--release", "17", "-d", out, *options, *(f"{folder}/{path}" for path in sources)], check=True, capture_output=True)
    return {os.path.relpath(os.path.join(root, file), out): open(os.path.join(root, file), "rb").read() for root, _, files in os.walk(out) for file in files}


def test_java_finds_jars_of_layers():
    if not shutil.which("javac"):
        raise Skipped("no javac on this machine")
    with tempfile.TemporaryDirectory() as library, tempfile.TemporaryDirectory() as main_folder:
        classes = compiled(library, {"layered/Who.java": "package layered;\npublic class Who { public static String who() { return \"jar\"; } }\n"})
        code = compiled(main_folder, {"Main.java": "public class Main { public String handle(Object event) { return layered.Who.who(); } }\n"},
                        "-cp", f"{library}/classes")
    with Layer({"java/lib/layered.jar": package(classes)}) as layer:
        with Function(code, runtime="java17", handler="Main::handle", Layers=[layer.arn], MemorySize=512, Timeout=30) as function:
            assert answer(function) == "jar"


BOOTSTRAP = """#!/bin/bash
while true; do
  headers=$(mktemp)
  curl -sS -D "$headers" -o /tmp/event "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
  id=$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d "\\"$0 $_HANDLER\\"" > /dev/null
done
"""


def test_a_custom_runtime_comes_from_a_layer():
    with Layer({"bootstrap": (BOOTSTRAP, 0o755)}) as layer:
        with Function({"anything": "x"}, runtime="provided.al2023", handler="some.name", Layers=[layer.arn]) as function:
            assert answer(function) == "/opt/bootstrap some.name"


def test_a_wrapper_comes_from_a_layer():
    wrapper = "#!/bin/sh\nexport WRAPPED=\"$(basename $1)\"\nexec \"$@\"\n"
    code = "import os\ndef handler(event, context):\n    return os.environ['WRAPPED']\n"
    with Layer({"wrapper": (wrapper, 0o755)}) as layer:
        with Function(code, Layers=[layer.arn], Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}}) as function:
            assert answer(function).startswith("python3")


def test_functions_are_refused_layers_as_aws_refuses_them():
    with Layer({"a": "1"}, {"a": "2"}) as layer:
        first, second = (version["LayerVersionArn"] for version in layer.published)
        for layers, message in (
            ([first, second], "Two different versions of the same layer are not allowed to be referenced in the same function. "
                              f"{first} and {second} are versions of the same layer."),
            ([first] * 6, "Cannot reference more than 5 layers."),
            ([first[:-1] + "9"], f"Layer version {first[:-1]}9 does not exist."),
            ([first.replace("us-east-1", "eu-west-1")],
             "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."),
        ):
            function = Function("x", Layers=layers)
            refused(lambda: function.lambda_.create_function(**function.settings), "InvalidParameterValueException", message, 400)


def sign(zipped, *options):
    """Signs with the program's own command and the publisher that the platform under test believes."""
    folder = os.environ.get("PILOTLIGHT_SIGNING")
    if not folder:
        raise Skipped("PILOTLIGHT_SIGNING does not name the folder of a trusted publisher")
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(zipped)
        file.flush()
        subprocess.run(
            ["dotnet", os.environ["PILOTLIGHT_PROGRAM"], "sign", file.name, "--profile", PROFILE,
             "--certificate", f"{folder}/signer.pem", "--key", f"{folder}/signer.key", *options], check=True, capture_output=True)
        with open(file.name, "rb") as signed:
            return signed.read()


def test_code_signing_is_enforced():
    lambda_ = client("lambda")
    config = lambda_.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [PROFILE]}, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})["CodeSigningConfig"]
    arn = config["CodeSigningConfigArn"]
    try:
        unsigned = Function("def handler(event, context):\n    return 'unsigned'\n", CodeSigningConfigArn=arn)
        refused(lambda: lambda_.create_function(**unsigned.settings), "CodeVerificationFailedException",
                "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured "
                f"to accept. Check the provided signature for {unsigned.name}.", 400)
        code = package({"app.py": "import lib\ndef handler(event, context):\n    return lib.who\n"})
        layer = lambda_.publish_layer_version(LayerName=name("layer"), Content={"ZipFile": sign(package({"python/lib.py": "who = 'signed'"}))})
        assert layer["Content"]["SigningProfileVersionArn"] == PROFILE, layer
        with Function(sign(code), CodeSigningConfigArn=arn, Layers=[layer["LayerVersionArn"]]) as function:
            assert function.created["SigningProfileVersionArn"] == PROFILE and "SigningJobArn" in function.created["Layers"][0], function.created
            assert answer(function) == "signed"
            assert lambda_.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [function.created["FunctionArn"]]
            broken = sign(code).replace(b"app.py", b"apq.py")
            refused(lambda: lambda_.update_function_code(FunctionName=function.name, ZipFile=broken), "InvalidCodeSignatureException", status=400)
            refused(lambda: lambda_.update_function_code(FunctionName=function.name, ZipFile=code), "CodeVerificationFailedException", status=400)
            refused(lambda: lambda_.delete_code_signing_config(CodeSigningConfigArn=arn), "ResourceConflictException", status=409)
            lambda_.delete_function_code_signing_config(FunctionName=function.name)
            assert "CodeSigningConfigArn" not in lambda_.get_function_code_signing_config(FunctionName=function.name)
        lambda_.delete_layer_version(LayerName=layer["LayerArn"].split(":")[-1], VersionNumber=1)
    finally:
        lambda_.delete_code_signing_config(CodeSigningConfigArn=arn)


def test_tags_of_a_code_signing_config():
    lambda_ = client("lambda")
    # Tags at creation are newer than this boto3.
    arn = lambda_.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [PROFILE]})["CodeSigningConfig"]["CodeSigningConfigArn"]
    lambda_.tag_resource(Resource=arn, Tags={"a": "b", "c": "d"})
    lambda_.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"c": "d"}
    lambda_.delete_code_signing_config(CodeSigningConfigArn=arn)
    refused(lambda: lambda_.list_tags(Resource=arn), "ResourceNotFoundException", f"The Lambda code signing configuration {arn} can not be found.", 404)


main({key: value for key, value in globals().items() if key.startswith("test_")})
