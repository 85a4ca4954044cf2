"""What is Ruby's own: spec/runtime-api.md, sections 9 and 10."""
import json

from cases import case
from client import Client, matches, same


def start(language, text, handler="f.handler", files=None, **options):
    return Client(language, {"f.rb": text, **(files or {})}, handler, **options)


def define(body):
    return f"def handler(event:, context:)\n{body}\nend\n"


def init_error(language, files, handler, error_type, message):
    with Client(language, files, handler) as client:
        post = client.posted()
        same(post.path, "/2018-06-01/runtime/init/error")
        same(list(post.json), ["errorMessage", "errorType", "stackTrace"])
        same(post.json["errorType"], error_type)
        matches(message, post.json["errorMessage"])
        assert client.exit_status() != 0
        same(client.frames[0].text, "Init error when loading handler")
        same(json.loads(client.frames[1].text), post.json)
        return post.json


@case("ruby")
def an_error_has_the_shape_of_aws(language):
    with start(language, define("  raise 'msg'")) as client:
        post, _ = client.invoke({})
        same(list(post.json), ["errorMessage", "errorType", "stackTrace"])
        same((post.json["errorMessage"], post.json["errorType"]), ("msg", "Function<RuntimeError>"))
        same(post.json["stackTrace"], [f"{client.task}/f.rb:2:in `handler'"])
        same(post.headers["lambda-runtime-function-error-type"], "Function<RuntimeError>")
        cause = json.loads(post.headers["lambda-runtime-function-xray-error-cause"])
        same(cause["exceptions"][0]["stack"], [{"label": "handler", "path": f"{client.task}/f.rb", "line": 2}])
        client.wait_for(lambda: len(client.frames) == 2, "the log of the error")
        same(client.frames[0].text, "Error raised from handler method")
        same(json.loads(client.frames[1].text), post.json)
        same(client.frames[1].level, 5)


@case("ruby")
def errors_of_a_class_tell_its_name(language):
    with start(language, "module Mine\n  class Odd < StandardError; end\nend\n" + define("  raise Mine::Odd")) as client:
        told = client.invoke({})[0].json
        same((told["errorType"], told["errorMessage"]), ("Function<Mine::Odd>", "Mine::Odd"))


@case("ruby")
def hints_are_part_of_the_message(language):
    with start(language, define("  context.aws_request_idd")) as client:
        told = client.invoke({})[0].json
        same(told["errorType"], "Function<NoMethodError>")
        assert "Did you mean?  aws_request_id" in told["errorMessage"], told
        same(client.invoke({})[0].kind, "error")


@case("ruby")
def a_missing_file(language):
    init_error(language, {}, "nope.handler", "Init<LoadError>", "cannot load such file -- nope")


@case("ruby")
def a_file_that_requires_what_is_missing(language):
    init_error(language, {"f.rb": "require 'nowhere'"}, "f.handler", "Init<LoadError>", "cannot load such file -- nowhere")


@case("ruby")
def a_malformed_handler(language):
    init_error(language, {"f.rb": ""}, "handler", "Init<ArgumentError>", "Invalid handler handler, must be of form .*")


@case("ruby")
def a_syntax_error(language):
    init_error(language, {"f.rb": "def handler("}, "f.handler", "Init<SyntaxError>", r".*f\.rb:1: syntax error.*")


@case("ruby")
def an_error_while_the_file_runs(language):
    told = init_error(language, {"f.rb": "\nraise KeyError, 'early'"}, "f.handler", "Init<KeyError>", "early")
    matches(r".*/f\.rb:2:in `<top \(required\)>'", told["stackTrace"][0])


@case("ruby")
def a_missing_method(language):
    with start(language, "") as client:
        told = client.invoke({})[0].json
        same(told["errorType"], "Function<NoMethodError>")
        assert "handler" in told["errorMessage"], told


@case("ruby")
def methods_of_a_class_and_files_in_folders(language):
    text = "module App\n  class Api\n    def self.call(event:, context:)\n      event\n    end\n  end\nend\n"
    with Client(language, {"app/f.rb": text}, "app/f.App::Api.call") as client:
        same(client.invoke({"a": 1})[0].json, {"a": 1})


@case("ruby")
def answers_nil_text_and_streams(language):
    text = "require 'stringio'\n" + define(
        "  return nil if event == 0\n  return 'text' if event == 1\n  StringIO.new('as it is')")
    with start(language, text) as client:
        same(client.invoke(0)[0].body, b"null")
        same(client.invoke(1)[0].body, b'"text"')
        post, _ = client.invoke(2)
        same((post.body, post.headers["content-type"]), (b"as it is", "application/unknown"))


@case("ruby")
def an_answer_that_is_no_json(language):
    with start(language, define("  event ? \"\\xff\" : 1")) as client:
        assert "JSON::GeneratorError" in client.invoke(True)[0].json["errorType"]
        same(client.invoke(False)[0].json, 1)


@case("ruby")
def an_event_that_is_no_json(language):
    with start(language, define("  event")) as client:
        same(client.invoke(b'{"a"')[0].json["errorType"], "Runtime<JSON::ParserError>")


@case("ruby")
def exiting_is_told_and_ends_the_process(language):
    with start(language, define("  exit 3")) as client:
        same(client.invoke({})[0].json["errorType"], "Function<SystemExit>")
        same(client.exit_status(), 255)


@case("ruby")
def a_stack_too_deep_is_told(language):
    with start(language, define("  handler(event: event, context: context)")) as client:
        told = client.invoke({})[0].json
        same((told["errorType"], told["errorMessage"]), ("Function<SystemStackError>", "stack level too deep"))
        assert len(told["stackTrace"]) <= 100


@case("ruby")
def puts_is_one_event_and_print_is_lines(language):
    text = define("  puts \"one\\ntwo\", [3, nil]\n  print 'partial'\n  $stdout.puts 'direct'\n  $stderr.puts 'error'")
    with start(language, text) as client:
        client.invoke({})
        client.stop()
        same([frame.text for frame in client.frames], ["one\ntwo\n3\n"])
        same(client.output, "partialdirect\n")
        same(client.stderr, b"error\n")
    with start(language, text, framed=False) as client:
        client.invoke({})
        client.stop()
        same(client.output, "one\ntwo\n3\n\npartialdirect\n")


@case("ruby")
def puts_into_another_output_stays_there(language):
    text = "require 'stringio'\n" + define("  $stdout = StringIO.new\n  puts 'kept'\n  text = $stdout.string\n  $stdout = STDOUT\n  text")
    with start(language, text) as client:
        same(client.invoke({})[0].json, "kept\n")


LOGGER = "require 'logger'\n" + define("""
  logger = Logger.new($stdout)
  logger.info("two\\nlines")
  logger.debug { 'block' }
  Logger.new($stderr, level: :warn, progname: 'named').warn('careful')
  file = Logger.new(File.join('/tmp', "pilotlight-#{Process.pid}.log"))
  file.info('apart')
  File.unlink("/tmp/pilotlight-#{Process.pid}.log")
""")


@case("ruby")
def loggers_write_whole_events_with_the_request_id(language):
    for framed in (True, False):
        with start(language, LOGGER, framed=framed) as client:
            _, event = client.invoke({})
            client.stop()
            told = "".join(frame.text for frame in client.frames) if framed else client.output
            time = r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\]"
            matches(rf"I, {time}  INFO {event.request_id} -- : two\nlines\n"
                    rf"D, {time} DEBUG {event.request_id} -- : block\n"
                    rf"W, {time}  WARN {event.request_id} -- named: careful\n", told)
            same(len(client.frames), 3 if framed else 0)


@case("ruby")
def rubygems_comes_when_it_is_needed(language):
    text = define("  [$LOADED_FEATURES.count { |f| f.end_with?('/rubygems.rb') }, Gem::Version.new('1.2') < Gem::Version.new('1.10')]")
    with start(language, text) as client:
        same(client.invoke({})[0].json, [0, True])
        same(client.invoke({})[0].json, [1, True])


@case("ruby")
def gems_of_the_function_are_found(language):
    gem = "vendor/bundle/ruby/3.1.0"
    files = {
        f"{gem}/gems/mine-1.0.0/lib/mine.rb": "MINE = 1\n",
        f"{gem}/specifications/mine-1.0.0.gemspec":
            "Gem::Specification.new { |s| s.name = 'mine'; s.version = '1.0.0'; s.summary = 's'; s.authors = ['a'] }\n",
    }
    with start(language, "require 'mine'\n" + define("  MINE"), files=files) as client:
        same(client.invoke({})[0].json, 1)
    with start(language, "begin\n  require 'mine'\nrescue LoadError => e\n  M = e.message\nend\n" + define("  M")) as client:
        same(client.invoke({})[0].json, "cannot load such file -- mine")


@case("ruby")
def a_child_process_works_without_the_runtime(language):
    text = define("  `ruby -rlogger -e 'Logger.new($stdout).info(\"child\"); puts ENV.key?(\"_LAMBDA_TELEMETRY_LOG_FD\")'`")
    with start(language, text) as client:
        matches(r"I, .*INFO -- : child\nfalse\n", client.invoke({})[0].json)
