"""The AWS SDKs beside the clients: found without the function bringing them, and talking to AWS_ENDPOINT_URL."""
import http.server
import threading

from cases import case
from client import Client, same


class Aws:
    """Anything of AWS on loopback: keeps what was asked, answers with the least that SDKs accept."""

    def __init__(self):
        self.asked = []
        aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service = self.headers.get("Authorization", "////").split("/")[3]
                aws.asked.append((service, self.command, self.path.partition("?")[0], self.headers["Host"]))
                body = b"{}" if service == "lambda" else b""
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


PYTHON = """
import boto3
def handler(event, context):
    boto3.client("lambda").list_functions()
    boto3.client("s3").put_object(Bucket="a-bucket", Key="a/key", Body=b"x")
    boto3.resource("s3").Object("a-bucket", "b").put(Body=b"y")
    return boto3.__file__.rsplit("/", 2)[0]
"""

NODEJS = """
const { LambdaClient, ListFunctionsCommand } = require('@aws-sdk/client-lambda');
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
exports.handler = async () => {
  await new LambdaClient({}).send(new ListFunctionsCommand({}));
  await new S3Client({}).send(new PutObjectCommand({ Bucket: 'a-bucket', Key: 'a/key', Body: 'x' }));
  return require.resolve('@aws-sdk/client-s3').split('/node_modules/')[0];
};
"""

RUBY = """
require 'aws-sdk-s3'
def handler(event:, context:)
  Aws::S3::Client.new.put_object(bucket: 'a-bucket', key: 'a/key', body: 'x')
  $LOADED_FEATURES.grep(/aws-sdk-s3\\.rb$/).first.split('/gems/').first
end
"""


def call(language, files, handler="f.handler", **variables):
    with Client(language, files, handler, variables=variables) as client:
        return client.invoke({})[0].json


@case("python")
def boto3_is_there_and_obeys_aws_endpoint_url(language):
    with Aws() as aws:
        same(call(language, {"f.py": PYTHON}, AWS_ENDPOINT_URL="http://" + aws.host), language.folder)
        same(aws.asked, [("lambda", "GET", "/2015-03-31/functions/", aws.host),
                         ("s3", "PUT", "/a-bucket/a/key", aws.host), ("s3", "PUT", "/a-bucket/b", aws.host)])


@case("python")
def boto3_obeys_the_variable_of_a_service(language):
    text = 'import boto3\ndef handler(event, context):\n    boto3.client("lambda").list_functions()\n'
    with Aws() as aws:
        call(language, {"f.py": text}, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_ENDPOINT_URL_LAMBDA="http://" + aws.host)
        same(len(aws.asked), 1)
        explicit = text.replace('"lambda"', f'"lambda", endpoint_url="http://{aws.host}"')
        call(language, {"f.py": explicit}, AWS_ENDPOINT_URL="http://127.0.0.1:9")
        same(len(aws.asked), 2)


@case("python")
def a_boto3_of_the_function_comes_first(language):
    files = {"boto3/__init__.py": "mine = 'mine'\n", "f.py": "import boto3\ndef handler(e, c):\n    return boto3.mine\n"}
    same(call(language, files), "mine")


@case("nodejs")
def the_sdk_is_there_and_obeys_aws_endpoint_url(language):
    with Aws() as aws:
        same(call(language, {"f.js": NODEJS}, AWS_ENDPOINT_URL="http://" + aws.host), language.folder)
        same(aws.asked, [("lambda", "GET", "/2015-03-31/functions", aws.host), ("s3", "PUT", "/a-bucket/a/key", aws.host)])


@case("nodejs")
def es_modules_reach_the_sdk_too(language):
    text = "import { S3Client } from '@aws-sdk/client-s3';\nimport { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';\n" \
        "export const handler = async () => [typeof S3Client, typeof DynamoDBDocumentClient];\n"
    same(call(language, {"f.mjs": text}), ["function", "function"])


@case("nodejs")
def a_package_of_the_function_comes_first(language):
    files = {"node_modules/@aws-sdk/client-s3/package.json": '{"main":"i.js"}',
             "node_modules/@aws-sdk/client-s3/i.js": "exports.mine = 'mine';"}
    same(call(language, {**files, "f.js": "exports.handler = async () => require('@aws-sdk/client-s3').mine;"}), "mine")
    same(call(language, {**files, "f.mjs": "import s3 from '@aws-sdk/client-s3';\nexport const handler = async () => s3.mine;"}), "mine")


@case("ruby")
def the_sdk_for_s3_is_there_and_obeys_aws_endpoint_url(language):
    with Aws() as aws:
        same(call(language, {"f.rb": RUBY}, AWS_ENDPOINT_URL="http://" + aws.host), language.folder)
        # The same where RubyGems finds it, for functions that bring gems of their own.
        same(call(language, {"f.rb": RUBY, "vendor/bundle/ruby/3.1.0/x": ""}, AWS_ENDPOINT_URL="http://" + aws.host), language.folder)
        same(aws.asked, [("s3", "PUT", "/a-bucket/a/key", aws.host)] * 2)


@case("ruby")
def a_gem_of_the_function_comes_first(language):
    gem = "vendor/bundle/ruby/3.1.0"
    files = {
        f"{gem}/gems/aws-sdk-s3-1.999.0/lib/aws-sdk-s3.rb": "MINE = 'mine'\n",
        f"{gem}/specifications/aws-sdk-s3-1.999.0.gemspec":
            "Gem::Specification.new { |s| s.name = 'aws-sdk-s3'; s.version = '1.999.0'; s.summary = 's'; s.authors = ['a'] }\n",
        "f.rb": "require 'aws-sdk-s3'\ndef handler(event:, context:)\n  MINE\nend\n",
    }
    same(call(language, files), "mine")
