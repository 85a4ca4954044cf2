"""Functions that are started from stems, in every language that has them: each finds what is its own, and nothing else."""
import base64
import json
import os
import subprocess
import tempfile
import time
import urllib.request

from harness import ENDPOINT, Function, Skipped, client, main, name, package

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

# Run by the function, in its sandbox: what can be seen from there.
LOOK = r'''
import json, os, socket, sys, urllib.error, urllib.request

event = json.loads(sys.argv[1])
parent = os.getppid()

def read(path):
    try:
        # .NET has pipes in /tmp, which would be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return None

def asked(url, method="GET"):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0

def reaches(host, port):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False

def writes(path):
    try:
        with open(path, "w"):
            return True
    except OSError:
        return False

def gateways():
    for line in open("/proc/net/route").read().splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000":
            yield ".".join(str(int(fields[2][at:at + 2], 16)) for at in (6, 4, 2, 0))

platform, runtime = os.environ["AWS_ENDPOINT_URL"], "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
started_with = (read(f"/proc/{parent}/environ") or b"").split(b"\0")
own = [os.environ[key].encode() for key in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MINE", "_HANDLER", "AWS_LAMBDA_FUNCTION_NAME")]
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
# Everything that is readable, but what this process was started with: it names what is looked for.
paths = [f"/proc/{p}/{f}" for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid() for f in ("environ", "cmdline", "mountinfo", "maps")]
for root in ("/tmp", "/opt", "/run", "/etc", "/dev/shm", "/home", "/root", "/mnt", "/var/task"):
    paths += [os.path.join(folder, each) for folder, _, names in os.walk(root) for each in names][:3000]
print(json.dumps({
    "started with": [each.decode().split("=")[0] for each in started_with if each],
    "told before": [secret.decode() for secret in own for each in started_with if secret in each],
    "of others": [path for path in paths for secret in event["secrets"] if secret.encode() in (read(path) or b"")],
    "variables": {key: os.environ.get(key) for key in ("MINE", "AWS_LAMBDA_FUNCTION_NAME", "PILOTLIGHT_STEM", "PWD")},
    "folder": os.getcwd(),
    "uid": os.getuid(), "capabilities": int(status["CapEff"], 16), "no new privileges": status["NoNewPrivs"],
    "processes": sorted(int(p) for p in os.listdir("/proc") if p.isdigit()),
    "hosts": [path for path in ("/root/.bashrc", "/etc/shadow", "/run/pilotlight", "/var/lib/pilotlight", event["checkout"]) if os.path.exists(path) and os.access(path, os.R_OK)],
    "written": [path for path in ("/x", "/usr/x", "/var/task/x", "/opt/x", "/var/runtime/x", "/proc/sys/kernel/hostname") if writes(path)],
    # .NET's own for its debugger aside, which lies in the function's folder.
    "sockets": [name for name in (line.split()[-1] for line in open("/proc/net/unix").read().splitlines()[1:]) if name[0] in "/@" and not name.startswith("/tmp/")],
    "metadata": [address for address in ("169.254.169.254", "169.254.170.2", "169.254.100.1") if reaches(address, 80)],
    "host's ports": [[host, port] for host in {*gateways(), event["address"]} for port in (event["port"], 22) if reaches(host, port)],
    "assignment": [asked(runtime + "/_pilotlight/assignment"), asked(runtime + "/_pilotlight/assignment"), asked(platform + "/_pilotlight/assignment")],
    "admin": {base + path: asked(base + path, method) for base in (platform, runtime) for method, path in (
        ("GET", "/_pilotlight/health"), ("GET", "/_pilotlight/environments"), ("GET", "/_pilotlight/metrics"), ("GET", "/_pilotlight/usage"), ("POST", "/_pilotlight/reset"))},
}))
'''

PYTHON = """
import json, os, subprocess, thing
def handler(event, context):
    print("said by python")
    open("/tmp/x", "w").write("1")
    look = subprocess.check_output(["/usr/bin/python3", "look.py", json.dumps(event)])
    return {"mine": os.environ["MINE"], "layer": thing.text, "memory": int(context.memory_limit_in_mb), "look": json.loads(look)}
"""
NODE = """
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import thing from 'thing';
export const handler = async (event, context) => {
  console.log('said by node');
  writeFileSync('/tmp/x', '1');
  const look = JSON.parse(execFileSync('/usr/bin/python3', ['look.py', JSON.stringify(event)]));
  return { mine: process.env.MINE, layer: thing.text, memory: Number(context.memoryLimitInMB), look };
};
"""
RUBY = """
require 'json'
require 'open3'
require 'thing'
def handler(event:, context:)
  puts 'said by ruby'
  File.write('/tmp/x', '1')
  look, = Open3.capture2('/usr/bin/python3', 'look.py', event.to_json)
  { mine: ENV['MINE'], layer: TEXT, memory: context.memory_limit_in_mb.to_i, look: JSON.parse(look) }
end
"""
JAVA = """
package looking;
import java.io.*;
import java.nio.file.*;
import java.util.*;
public class Looking {
    public void handle(InputStream event, OutputStream answer) throws Exception {
        System.out.println("said by java");
        Files.write(Paths.get("/tmp/x"), new byte[] {49});
        byte[] bytes = new byte[1 << 16];
        String text = new String(bytes, 0, event.read(bytes), "UTF-8");
        Process look = new ProcessBuilder("/usr/bin/python3", "look.py", text).redirectErrorStream(true).start();
        String seen = new BufferedReader(new InputStreamReader(look.getInputStream(), "UTF-8")).readLine();
        // The heap's limit is 85 % of the memory.
        long memory = Math.round(Runtime.getRuntime().maxMemory() / 0.85 / (1 << 20) / 64.0) * 64;
        answer.write(("{\\"mine\\":\\"" + System.getenv("MINE") + "\\",\\"layer\\":\\"" + layered.Thing.text() + "\\",\\"memory\\":" + memory
            + ",\\"look\\":" + seen + "}").getBytes("UTF-8"));
    }
}
"""
DOTNET = """
using System.Diagnostics;
using System.Text;
using System.Text.Json;
namespace Looking;
public class Function
{
    public Stream Handle(Stream input)
    {
        Console.WriteLine("said by dotnet");
        File.WriteAllText("/tmp/x", "1");
        var start = new ProcessStartInfo("/usr/bin/python3", ["look.py", new StreamReader(input).ReadToEnd()]) { RedirectStandardOutput = true };
        using var look = Process.Start(start)!;
        var memory = (long)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 0.85 / (1 << 20));
        var answer = new { mine = Environment.GetEnvironmentVariable("MINE"), layer = File.ReadAllText("/opt/thing.txt"), memory, look = JsonDocument.Parse(look.StandardOutput.ReadToEnd()).RootElement };
        return new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(answer));
    }
}
"""
PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings><AssemblyName>Looking</AssemblyName>
    <GenerateRuntimeConfigurationFiles>true</GenerateRuntimeConfigurationFiles>
  </PropertyGroup>
</Project>
"""


def of(folder):
    """All files below a folder, for a package."""
    files = {}
    for parent, _, names in os.walk(folder):
        for each in names:
            path = os.path.join(parent, each)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = file.read()
    return files


def ran(*command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except FileNotFoundError:
        raise Skipped(f"{command[0]} is not on this machine") from None
    assert done.returncode == 0, done.stdout + done.stderr


def compiled_java():
    with tempfile.TemporaryDirectory() as work:
        for folder, path, text in (("layer", "layered/Thing.java", 'package layered; public class Thing { public static String text() { return "layered"; } }'), ("code", "looking/Looking.java", JAVA)):
            source = os.path.join(work, "source", path)
            os.makedirs(os.path.dirname(source))
            with open(source, "w") as file:
                file.write(text)
            ran("javac", "--release", "8", "-Xlint:-options", "-cp", f"{work}/layer", "-d", f"{work}/{folder}", source)
        ran("jar", "cf", f"{work}/thing.jar", "-C", f"{work}/layer", ".")
        with open(f"{work}/thing.jar", "rb") as file:
            return of(f"{work}/code"), {"java/lib/thing.jar": file.read()}


def compiled_dotnet():
    with tempfile.TemporaryDirectory() as work:
        for path, text in (("Looking.csproj", PROJECT), ("Function.cs", DOTNET)):
            with open(os.path.join(work, path), "w") as file:
                file.write(text)
        ran("dotnet", "publish", work, "-c", "Release", "-v", "q", "--nologo", "-o", f"{work}/out",
            env={**os.environ, "MSBUILDDISABLENODEREUSE": "1", "UseSharedCompilation": "false"})
        return of(f"{work}/out"), {"thing.txt": "layered"}


def ready(runtime_folder):
    runtimes = os.environ.get("PILOTLIGHT_RUNTIMES") or os.path.join(ROOT, "artifacts", "runtimes")
    if not os.path.isdir(os.path.join(runtimes, runtime_folder)):
        raise Skipped(f"the {runtime_folder} runtime client is not built on this machine")


def stems_ready():
    """Waits until as many stems of every kind are ready as are wanted."""
    for _ in range(600):
        with urllib.request.urlopen(f"{ENDPOINT}/_pilotlight/environments") as answer:
            stems = json.load(answer)["stems"]
        if stems and all(stem["ready"] >= stem["target"] for stem in stems):
            return
        time.sleep(0.05)
    raise Skipped(f"no stems are made here: {stems}")


def finds_its_own_and_nothing_else(language, runtime, handler, files, layer):
    lambda_ = client("lambda")
    layer_name = name("layer")
    published = lambda_.publish_layer_version(LayerName=layer_name, Content={"ZipFile": package(layer)})["LayerVersionArn"]
    address, port = ENDPOINT.rsplit("/", 1)[1].rsplit(":", 1)
    settings = dict(runtime=runtime, handler=handler, MemorySize=512, Timeout=60, Layers=[published], Role=client("iam").get_role(RoleName="conformance")["Role"]["Arn"])
    files = {**files, "look.py": LOOK}
    try:
        with Function(files, Environment={"Variables": {"MINE": "the first's own"}}, **settings) as first, \
                Function(files, Environment={"Variables": {"MINE": "the second's own"}}, **settings) as second:
            secrets = ["the second's own", second.name]
            for function, mine, others in ((second, "the second's own", ["the first's own", first.name]), (first, "the first's own", secrets)):
                stems_ready()
                answer = function.invoke(json.dumps({"secrets": others, "address": address, "port": int(port), "checkout": ROOT}).encode(), LogType="Tail")
                told = json.loads(answer["Payload"])
                assert "FunctionError" not in answer, told
                log = base64.b64decode(answer["LogResult"]).decode()
                assert f"said by {language}\n" in log and "Init Duration" in log, log
                look = told["look"]
                # The process was there before its function was: what the kernel keeps of its start says so, and holds nothing of the function.
                assert "PILOTLIGHT_STEM" in look["started with"] and look["told before"] == [], look
                assert (told["mine"], told["layer"], told["memory"]) == (mine, "layered", 512), told
                assert look["variables"] == {"MINE": mine, "AWS_LAMBDA_FUNCTION_NAME": function.name, "PILOTLIGHT_STEM": None, "PWD": "/var/task"}, look
                assert look["folder"] == "/var/task", look
                for nothing in ("of others", "hosts", "written", "sockets", "metadata", "host's ports"):
                    assert look[nothing] == [], (nothing, look)
                assert look["uid"] != 0 and look["capabilities"] == 0 and look["no new privileges"] == "1" and len(look["processes"]) <= 4, look
                assert look["assignment"][:2] == [404, 404] and look["assignment"][2] >= 400, look
                assert all(status >= 400 for status in look["admin"].values()), look
    finally:
        lambda_.delete_layer_version(LayerName=layer_name, VersionNumber=1)


def test_python():
    ready("python")
    finds_its_own_and_nothing_else("python", "python3.11", "app.handler", {"app.py": PYTHON}, {"python/thing.py": "text = 'layered'\n"})


def test_nodejs():
    ready("nodejs")
    finds_its_own_and_nothing_else("node", "nodejs20.x", "app.handler", {"app.mjs": NODE}, {
        "nodejs/node_modules/thing/index.js": "exports.text = 'layered';\n", "nodejs/node_modules/thing/package.json": '{"name":"thing","main":"index.js"}'})


def test_ruby():
    ready("ruby")
    finds_its_own_and_nothing_else("ruby", "ruby3.2", "app.handler", {"app.rb": RUBY}, {"ruby/lib/thing.rb": "TEXT = 'layered'\n"})


def test_java():
    ready("java")
    code, layer = compiled_java()
    finds_its_own_and_nothing_else("java", "java17", "looking.Looking::handle", code, layer)


def test_dotnet():
    ready("dotnet")
    code, layer = compiled_dotnet()
    finds_its_own_and_nothing_else("dotnet", "dotnet8", "Looking::Looking.Function::Handle", code, layer)


main({key: value for key, value in globals().items() if key.startswith("test_")})
