"""What is Node.js's own: spec/runtime-api.md, sections 2.6 and 9 to 11."""
import base64
import json

from cases import Skipped, case
from client import Client, matches, same

ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
EXIT_UNHANDLED_REJECTION, EXIT_UNCAUGHT_EXCEPTION = 128, 129


def start(language, text, handler="f.handler", files=None, name="f.js", **options):
    return Client(language, {name: text, **(files or {})}, handler, **options)


def until_node22(language):
    if language.runtime == "nodejs24.x":
        raise Skipped("node24 has no callbacks, and takes ES syntax anywhere")


def init_error(language, files, handler, error_type, message):
    with Client(language, files, handler) as client:
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/init/error")
        same(list(post.json), ["errorType", "errorMessage", "trace"])
        same(post.json["errorType"], error_type)
        matches(message, post.json["errorMessage"])
        same(client.exit_status(), EXIT_UNCAUGHT_EXCEPTION)
        frame = client.frames[-1]
        matches(rf"{ISO}\tundefined\tERROR\tUncaught Exception \t\{{.*\}}\n", frame.text)
        same(frame.level, 5)
        return post.json


@case("nodejs")
def an_error_has_the_shape_of_aws(language):
    with start(language, "exports.handler = async () => { throw new TypeError('msg'); };") as client:
        post, event = client.invoke({})
        same(list(post.json), ["errorType", "errorMessage", "trace"])
        same((post.json["errorType"], post.json["errorMessage"]), ("TypeError", "msg"))
        same(post.json["trace"][0], "TypeError: msg")
        matches(r"    at .*f\.js:1:\d+\)", post.json["trace"][1])
        cause = json.loads(post.headers["lambda-runtime-function-xray-error-cause"])
        same(cause["exceptions"][0]["stack"][0]["path"], client.task + "/f.js")
        same(cause["exceptions"][0]["stack"][0]["line"], 1)
        client.wait_for(lambda: client.frames, "the log of the error")
        text = client.frames[0].text
        matches(rf"{ISO}\t{event.request_id}\tERROR\tInvoke Error \t\{{\"errorType\":\"TypeError\","
                rf"\"errorMessage\":\"msg\",\"stack\":\[\"TypeError: msg\",.*\]\}}\n", text)


@case("nodejs")
def what_is_thrown_may_be_no_error(language):
    with start(language, "exports.handler = async (event) => { throw event; };") as client:
        for value, kind, text in (("text", "string", "text"), (5, "number", "5"), ({"a": 1}, "object", "[object Object]")):
            same(client.invoke(value)[0].json, {"errorType": kind, "errorMessage": text, "trace": []})


@case("nodejs")
def errors_of_a_class_tell_its_name(language):
    text = """
class Mine extends Error { constructor(m) { super(m); this.name = 'Mine'; this.extra = 1; } }
exports.handler = async () => { throw new Mine('m'); };
"""
    with start(language, text) as client:
        same(client.invoke({})[0].json["errorType"], "Mine")


@case("nodejs")
def answers_null_for_undefined(language):
    with start(language, "exports.handler = async (event) => { if (event) return () => 1; };") as client:
        same(client.invoke(0)[0].body, b"null")
        same(client.invoke(1)[0].body, b"null")


@case("nodejs")
def an_answer_that_is_no_json(language):
    text = "exports.handler = async (event) => { if (event) return 1n; const a = []; a.push(a); return a; };"
    for runtime, kind in (("nodejs20.x", "Error"), ("nodejs24.x", "Runtime.JSONStringifyError")):
        with start(language, text, variables={"AWS_EXECUTION_ENV": "AWS_Lambda_" + runtime}) as client:
            for event in (0, 1):
                told = client.invoke(event)[0].json
                same((told["errorType"], told["errorMessage"]), (kind, "Unable to stringify response body"))


@case("nodejs")
def a_missing_module(language):
    told = init_error(language, {}, "nope.handler", "Runtime.ImportModuleError",
                      r"Error: Cannot find module 'nope'\nRequire stack:\n.*")
    same(told["trace"][0], "Runtime.ImportModuleError: Error: Cannot find module 'nope'")


@case("nodejs")
def a_module_that_requires_what_is_missing(language):
    init_error(language, {"f.js": "require('nowhere')"}, "f.handler", "Runtime.ImportModuleError",
               r"Error: Cannot find module 'nowhere'\nRequire stack:.*f\.js.*")


@case("nodejs")
def a_missing_export(language):
    init_error(language, {"f.js": ""}, "f.handler", "Runtime.HandlerNotFound", "f.handler is undefined or not exported")
    init_error(language, {"f.js": "exports.handler = 5"}, "f.handler", "Runtime.HandlerNotFound",
               "f.handler is not a function")


@case("nodejs")
def a_malformed_handler(language):
    init_error(language, {"f.js": ""}, "../f.handler", "Runtime.MalformedHandlerName",
               r"'\.\./f\.handler' is not a valid handler name\. Use absolute paths when specifying root directories "
               r"in handler names\.")
    init_error(language, {"f.js": ""}, "handler", "Runtime.MalformedHandlerName", "Bad handler")


@case("nodejs")
def a_syntax_error(language):
    told = init_error(language, {"f.js": "exports.handler = (;"}, "f.handler", "Runtime.UserCodeSyntaxError",
                      r"SyntaxError: Unexpected token ';'")
    assert any("f.js:1" in line for line in told["trace"]), told
    init_error(language, {"f.mjs": "export const handler = (;"}, "f.handler", "Runtime.UserCodeSyntaxError",
               r"SyntaxError: Unexpected token ';'")


@case("nodejs")
def es_syntax_in_a_plain_js_file_is_an_error(language):
    until_node22(language)
    init_error(language, {"f.js": "export const handler = async () => 1;"}, "f.handler", "Runtime.UserCodeSyntaxError",
               r"SyntaxError: Unexpected token 'export'")


@case("nodejs")
def an_error_while_the_module_runs(language):
    init_error(language, {"f.js": "throw new RangeError('early')"}, "f.handler", "RangeError", "early")
    init_error(language, {"f.mjs": "throw new RangeError('early')"}, "f.handler", "RangeError", "early")
    init_error(language, {"f.mjs": "import 'nowhere';"}, "f.handler", "Error", "Cannot find package 'nowhere' .*")


@case("nodejs")
def an_await_at_the_top_that_never_ends(language):
    with start(language, "await new Promise(() => {}); export const handler = 1;", name="f.mjs") as client:
        same(client.exit_status(), 13)


@case("nodejs")
def modules_are_found_in_the_order_of_aws(language):
    cjs, esm = "exports.handler = async () => '%s';", "export const handler = async () => '%s';"
    package = json.dumps({"type": "module"})
    for files, expected in (
        ({"f": cjs % "plain", "f.js": cjs % "js"}, "plain"),
        ({"f.js": cjs % "js", "f.mjs": esm % "mjs", "f.cjs": cjs % "cjs"}, "js"),
        ({"f.js": esm % "js", "f.mjs": esm % "mjs", "package.json": package}, "js"),
        ({"f.mjs": esm % "mjs", "f.cjs": cjs % "cjs"}, "mjs"),
        ({"f.cjs": cjs % "cjs", "package.json": package}, "cjs"),
        ({"node_modules/f/index.js": cjs % "package"}, "package"),
    ):
        with Client(language, files, "f.handler") as client:
            same(client.invoke({})[0].json, expected)


@case("nodejs")
def handlers_may_be_nested_and_in_folders(language):
    text = "exports.a = { b: { handler: async () => 'nested' } };"
    with Client(language, {"src/lib/f.js": text}, "src/lib/f.a.b.handler") as client:
        same(client.invoke({})[0].json, "nested")
    with start(language, "const handler = async () => 'default'; export default { handler };", name="f.mjs") as client:
        same(client.invoke({})[0].json, "default")


@case("nodejs")
def callbacks_answer_when_the_loop_is_empty(language):
    until_node22(language)
    text = """
exports.handler = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = event.waits;
  let late = 'not yet';
  setTimeout(() => { late = 'done'; }, 150);
  callback(null, { get late() { return late; } });
  callback(null, 'ignored');
};"""
    with start(language, text) as client:
        same(client.invoke({"waits": True})[0].json, {"late": "done"})
        same(client.invoke({"waits": False})[0].json, {"late": "not yet"})


@case("nodejs")
def callbacks_and_context_functions_fail_and_succeed(language):
    until_node22(language)
    text = """
exports.handler = (event, context, callback) => {
  if (event === 'throws') throw new Error('thrown');
  if (event === 'callback') callback(new Error('called'));
  if (event === 'text') callback('just text');
  if (event === 'succeed') context.succeed({ by: 'succeed' });
  if (event === 'fail') context.fail(new Error('by fail'));
  if (event === 'done') context.done(null, 'by done');
  if (event === 'late') setTimeout(() => callback(null, 'late'), 20);
};"""
    with start(language, text) as client:
        same(client.invoke("throws")[0].json["errorMessage"], "thrown")
        same(client.invoke("callback")[0].json["errorMessage"], "called")
        same(client.invoke("text")[0].json, {"errorType": "string", "errorMessage": "just text", "trace": []})
        same(client.invoke("succeed")[0].json, {"by": "succeed"})
        same(client.invoke("fail")[0].json["errorMessage"], "by fail")
        same(client.invoke("done")[0].json, "by done")
        same(client.invoke("late")[0].json, "late")
        # Neither a promise nor a call: the answer is null once nothing is left to do.
        same(client.invoke("nothing")[0].body, b"null")


@case("nodejs")
def callbacks_are_refused_from_node24(language):
    variables = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
    with start(language, "exports.handler = (e, c, callback) => callback(null, 1);", variables=variables) as client:
        same(client.posted().json["errorType"], "Runtime.CallbackHandlerDeprecated")
    text = "exports.handler = (event, context) => [event, Object.keys(context).sort()];"
    with start(language, text, variables=variables) as client:
        event, keys = client.invoke(5)[0].json
        same(event, 5)
        assert not {"done", "fail", "succeed", "callbackWaitsForEmptyEventLoop"} & set(keys), keys


@case("nodejs")
def a_promise_that_is_never_settled(language):
    for runtime in ("nodejs20.x", "nodejs24.x"):
        variables = {"AWS_EXECUTION_ENV": "AWS_Lambda_" + runtime}
        text = "exports.handler = async (event) => { if (event) await new Promise(() => {}); return 1; };"
        with start(language, text, variables=variables) as client:
            same(client.invoke(1)[0].json["errorType"], "Runtime.NodeJsExit")
            same(client.invoke(0)[0].json, 1)


@case("nodejs")
def an_async_answer_does_not_wait_for_timers(language):
    with start(language, "exports.handler = async () => { setTimeout(() => {}, 60000); return 1; };") as client:
        same(client.invoke({})[0].json, 1)


@case("nodejs")
def an_unhandled_rejection(language):
    text = "exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise(r => setTimeout(r, 1e4)); };"
    with start(language, text) as client:
        post, event = client.invoke({})
        same(post.path, f"/2018-06-01/runtime/invocation/{event.request_id}/error")
        same((post.json["errorType"], post.json["errorMessage"]), ("Runtime.UnhandledPromiseRejection", "Error: lost"))
        same(client.exit_status(), EXIT_UNHANDLED_REJECTION)
        matches(rf"{ISO}\t{event.request_id}\tERROR\tUnhandled Promise Rejection \t\{{\"errorType\":"
                r"\"Runtime.UnhandledPromiseRejection\",.*\"reason\":\{\"errorType\":\"Error\".*\n", client.frames[-1].text)


@case("nodejs")
def an_uncaught_exception(language):
    until_node22(language)
    text = "exports.handler = (e, c, callback) => { setTimeout(() => { throw new Error('apart'); }, 5); };"
    with start(language, text) as client:
        post, _ = client.invoke({})
        same((post.kind, post.json["errorMessage"]), ("error", "apart"))
        same(client.exit_status(), EXIT_UNCAUGHT_EXCEPTION)


@case("nodejs")
def exiting_ends_the_process_with_that_status(language):
    with start(language, "exports.handler = async (event) => { process.exit(event); };") as client:
        client.server.send(7)
        same(client.exit_status(), 7)


@case("nodejs")
def an_error_between_invocations_ends_the_process(language):
    text = "exports.handler = async () => { setTimeout(() => { throw new Error('later'); }, 30); return 1; };"
    with start(language, text) as client:
        same(client.invoke({})[0].json, 1)
        same(client.exit_status(), EXIT_UNCAUGHT_EXCEPTION)


CONSOLE = """
console.log('at start');
exports.handler = async () => {
  console.log('two\\nlines %d', 1, { a: [1] });
  console.warn('careful'); console.error(new Error('logged')); console.debug('details'); console.trace('traced');
  console.fatal?.('fatal');
};"""


@case("nodejs")
def console_calls_are_one_event_each(language):
    with start(language, CONSOLE) as client:
        _, event = client.invoke({})
        client.wait_for(lambda: len(client.frames) == 7, "seven log events")
        frames = client.frames
        matches(rf"{ISO}\tundefined\tINFO\tat start\n", frames[0].text)
        matches(rf"{ISO}\t{event.request_id}\tINFO\ttwo\nlines 1 \{{ a: \[ 1 \] \}}\n", frames[1].text)
        matches(rf"{ISO}\t{event.request_id}\tWARN\tcareful\n", frames[2].text)
        matches(rf"{ISO}\t{event.request_id}\tERROR\tError: logged\n    at .*\n", frames[3].text)
        same([frame.level for frame in frames], [3, 3, 4, 5, 2, 1, 6])
        same({frame.type & 0xFFFF0003 for frame in frames}, {0xA55A0003})
        same(client.output, "")


@case("nodejs")
def console_calls_are_lines_without_the_descriptor(language):
    with start(language, CONSOLE, framed=False) as client:
        _, event = client.invoke({})
        client.wait_for(lambda: "fatal" in client.output, "the lines")
        matches(rf"{ISO}\tundefined\tINFO\tat start\n{ISO}\t{event.request_id}\tINFO\ttwo\nlines.*", client.output)


@case("nodejs")
def json_console_records(language):
    text = """
exports.handler = async (event) => {
  console.log('text'); console.info({ a: { b: 1 } }); console.warn('with %s', 'format', new TypeError('inside'));
  console.error(new RangeError('alone')); console.debug('unseen');
  const loop = {}; loop.loop = loop; console.log(loop);
  throw new Error('boo');
};"""
    variables = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    with start(language, text, variables=variables) as client:
        _, event = client.invoke({}, headers={"Lambda-Runtime-Aws-Tenant-Id": "t"})
        client.wait_for(lambda: len(client.frames) == 6, "six log events")
        records = [json.loads(frame.text) for frame in client.frames]
        same(list(records[0]), ["timestamp", "level", "requestId", "tenantId", "message"])
        matches(ISO, records[0]["timestamp"])
        same((records[0]["level"], records[0]["requestId"], records[0]["message"]), ("INFO", event.request_id, "text"))
        same(records[1]["message"], {"a": {"b": 1}})
        same((records[2]["errorType"], records[2]["errorMessage"]), ("TypeError", "inside"))
        assert records[2]["message"].startswith("with format TypeError: inside"), records[2]
        same(records[3]["message"]["errorType"], "RangeError")
        assert "Circular" in records[4]["message"], records[4]
        same(records[5]["message"]["errorMessage"], "boo")
        same({frame.type & 0xFFFF0003 for frame in client.frames}, {0xA55A0002})


@case("nodejs")
def a_level_below_the_one_set_is_not_logged(language):
    with start(language, CONSOLE, variables={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}) as client:
        client.invoke({})
        client.stop()
        same([frame.level for frame in client.frames], [5, 6])


STREAM = "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {%s});"


@case("nodejs")
def streams_an_answer_in_chunks(language):
    text = STREAM % """
  if (event.type) stream.setContentType(event.type);
  for (const part of event.parts) {
    stream.write(part);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  stream.end();"""
    with start(language, text) as client:
        post, event = client.invoke({"parts": ["one", "zwei ü", {"three": 3}]})
        same(post.path, f"/2018-06-01/runtime/invocation/{event.request_id}/response")
        same(post.chunks, [b"one", "zwei ü".encode(), b'{"three":3}'])
        same(post.headers["lambda-runtime-function-response-mode"], "streaming")
        same(post.headers["transfer-encoding"], "chunked")
        same(post.headers["content-type"], "application/octet-stream")
        same(post.headers["trailer"], "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
        same(post.trailers, {})
        for _ in range(12):
            same(client.invoke({"type": "text/plain", "parts": ["x"]})[0].headers["content-type"], "text/plain")
        same(client.server.connections, 1)
        same(client.stderr, b"")


@case("nodejs")
def streams_without_a_byte(language):
    with start(language, STREAM % "stream.end();") as client:
        post, _ = client.invoke({})
        same((post.kind, post.body, post.trailers), ("response", b"", {}))
        same(client.invoke({})[0].body, b"")


@case("nodejs")
def streams_a_large_answer_with_a_pipeline(language):
    text = """
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
""" + STREAM % """
  await pipeline(Readable.from((function* () { for (let i = 0; i < 160; i++) yield Buffer.alloc(50000, i); })()), stream);"""
    with start(language, text) as client:
        post, _ = client.invoke({})
        same(len(post.body), 8_000_000)
        same(post.body == b"".join(bytes([i]) * 50000 for i in range(160)), True)
        same(len(client.invoke({})[0].body), 8_000_000)


@case("nodejs")
def http_answers_begin_with_their_prelude(language):
    text = STREAM % """
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' }, cookies: ['c=d'] });
  stream.write('body'); stream.end();"""
    with start(language, text) as client:
        post, _ = client.invoke({})
        same(post.headers["content-type"], "application/vnd.awslambda.http-integration-response")
        prelude, body = post.body.split(b"\0" * 8)
        same(json.loads(prelude), {"statusCode": 201, "headers": {"a": "b"}, "cookies": ["c=d"]})
        same(body, b"body")


@case("nodejs")
def an_error_inside_a_stream_comes_as_trailers(language):
    for text in ("stream.write('begun'); await new Promise(r => setTimeout(r, 5)); throw new TypeError('half way');",
                 "stream.write('begun'); await new Promise(r => setTimeout(r, 5)); stream.destroy(new TypeError('half way'));"):
        with start(language, STREAM % text) as client:
            post, _ = client.invoke({})
            same((post.kind, post.body), ("response", b"begun"))
            same(post.trailers["lambda-runtime-function-error-type"], "TypeError")
            told = json.loads(base64.b64decode(post.trailers["lambda-runtime-function-error-body"]))
            same((told["errorType"], told["errorMessage"]), ("TypeError", "half way"))
            same(client.invoke({})[0].body, b"begun")


@case("nodejs")
def an_error_before_the_first_byte_is_a_plain_error(language):
    with start(language, STREAM % "throw new TypeError('at once');") as client:
        post, _ = client.invoke({})
        same((post.kind, post.json["errorType"], post.json["errorMessage"]), ("error", "TypeError", "at once"))


@case("nodejs")
def a_stream_that_is_never_ended(language):
    with start(language, STREAM % "stream.write('begun');") as client:
        post, _ = client.invoke({})
        told = json.loads(base64.b64decode(post.trailers["lambda-runtime-function-error-body"]))
        same((post.body, told["errorMessage"]), (b"begun", "Response stream is not finished."))
        same(client.invoke({})[0].body, b"begun")


@case("nodejs")
def an_uncaught_exception_inside_a_stream(language):
    text = STREAM % "stream.write('begun'); setTimeout(() => { throw new Error('apart'); }, 10); await new Promise(() => {});"
    with start(language, text) as client:
        post, _ = client.invoke({})
        same((post.body, post.trailers["lambda-runtime-function-error-type"]), (b"begun", "Error"))
        same(client.exit_status(), EXIT_UNCAUGHT_EXCEPTION)


@case("nodejs")
def the_content_type_cannot_change_once_begun(language):
    text = STREAM % "stream.write('x'); await new Promise(r => setTimeout(r, 5)); stream.setContentType('a/b');"
    with start(language, text) as client:
        same(client.invoke({})[0].trailers["lambda-runtime-function-error-type"], "Runtime.InvalidStreamingOperation")


@case("nodejs")
def the_awslambda_global_can_be_kept_away(language):
    with start(language, "exports.handler = async () => typeof awslambda;",
               variables={"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "1"}) as client:
        same(client.invoke({})[0].json, "undefined")


@case("nodejs")
def the_context_has_the_members_of_aws(language):
    until_node22(language)
    text = "exports.handler = async (event, context) => [Object.keys(context), JSON.parse(JSON.stringify(context))];"
    with start(language, text) as client:
        (keys, told), event = client.invoke({})[0].json, None
        same(sorted(keys), sorted([
            "callbackWaitsForEmptyEventLoop", "succeed", "fail", "done", "functionVersion", "functionName",
            "memoryLimitInMB", "logGroupName", "logStreamName", "clientContext", "identity", "invokedFunctionArn",
            "awsRequestId", "tenantId", "getRemainingTimeInMillis"]))
        same(told["callbackWaitsForEmptyEventLoop"], True)
        same(told["memoryLimitInMB"], "128")


@case("nodejs")
def imports_reach_what_node_path_names(language):
    package = {"node_modules/only-here/package.json": '{"name":"only-here","main":"index.js"}',
               "node_modules/only-here/index.js": "exports.value = 42;"}
    files = {f"layer/{path}": text for path, text in package.items()}
    text = "import { value } from 'only-here'; export const handler = async () => value;"
    with Client(language, {"code/f.mjs": text, **files}, "code/f.handler") as without:
        same(without.posted().json["errorMessage"].split("'")[1], "only-here")
    import tempfile, os
    with tempfile.TemporaryDirectory() as layer:
        for path, content in package.items():
            os.makedirs(os.path.dirname(os.path.join(layer, path)), exist_ok=True)
            with open(os.path.join(layer, path), "w", encoding="utf-8") as file:
                file.write(content)
        variables = {"NODE_PATH": os.path.join(layer, "node_modules")}
        with start(language, text, name="f.mjs", variables=variables) as client:
            same(client.invoke({})[0].json, 42)
        required = "exports.handler = async () => require('only-here').value;"
        with start(language, required, variables=variables) as client:
            same(client.invoke({})[0].json, 42)
