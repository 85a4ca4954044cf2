"""The functions that the cases for every language use, in each language.

echo: answers the event. fail: throws an error with the event's `message`. print: prints the event's `text`.
context: what it knows of itself (see `tells_the_handler_who_it_is`). missing: a handler in no file.
"""

PYTHON = {
    "echo": ({"f.py": "def handler(event, context):\n    return event\n"}, "f.handler"),
    "fail": ({"f.py": "def handler(event, context):\n    raise ValueError(event['message'])\n"}, "f.handler"),
    "print": ({"f.py": "def handler(event, context):\n    print(event['text'])\n"}, "f.handler"),
    "missing": ({}, "missing.handler"),
    "context": ({"f.py": """
import os
def handler(event, context):
    client = context.client_context
    return {
        "requestId": context.aws_request_id, "functionName": context.function_name,
        "functionVersion": context.function_version, "memory": int(context.memory_limit_in_mb),
        "arn": context.invoked_function_arn, "group": context.log_group_name, "stream": context.log_stream_name,
        "custom": client and client.custom["k"],
        "appTitle": client and client.client and client.client.app_title,
        "identity": context.identity.cognito_identity_id, "pool": context.identity.cognito_identity_pool_id,
        "tenant": context.tenant_id, "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "telemetry": os.environ.get("_LAMBDA_TELEMETRY_LOG_FD"),
        "remaining": context.get_remaining_time_in_millis(),
    }
"""}, "f.handler"),
}

NODEJS = {
    "echo": ({"f.js": "exports.handler = async (event) => event;\n"}, "f.handler"),
    "fail": ({"f.js": "exports.handler = async (event) => { throw new RangeError(event.message); };\n"}, "f.handler"),
    "print": ({"f.js": "exports.handler = async (event) => { process.stdout.write(event.text + '\\n'); };\n"}, "f.handler"),
    "missing": ({}, "missing.handler"),
    "context": ({"f.js": """
exports.handler = async (event, context) => ({
  requestId: context.awsRequestId, functionName: context.functionName, functionVersion: context.functionVersion,
  memory: Number(context.memoryLimitInMB), arn: context.invokedFunctionArn,
  group: context.logGroupName, stream: context.logStreamName,
  custom: context.clientContext?.custom.k ?? null, appTitle: context.clientContext?.client?.app_title ?? null,
  identity: context.identity?.cognitoIdentityId ?? null, pool: context.identity?.cognitoIdentityPoolId ?? null,
  tenant: context.tenantId ?? null, trace: process.env._X_AMZN_TRACE_ID ?? null,
  telemetry: process.env._LAMBDA_TELEMETRY_LOG_FD ?? null, remaining: context.getRemainingTimeInMillis(),
});
"""}, "f.handler"),
}

RUBY = {
    "echo": ({"f.rb": "def handler(event:, context:)\n  event\nend\n"}, "f.handler"),
    "fail": ({"f.rb": "def handler(event:, context:)\n  raise event['message']\nend\n"}, "f.handler"),
    "print": ({"f.rb": "def handler(event:, context:)\n  print event['text'] + \"\\n\"\nend\n"}, "f.handler"),
    "missing": ({}, "missing.handler"),
    "context": ({"f.rb": """
def handler(event:, context:)
  client = context.client_context
  {
    requestId: context.aws_request_id, functionName: context.function_name,
    functionVersion: context.function_version, memory: Integer(context.memory_limit_in_mb),
    arn: context.invoked_function_arn, group: context.log_group_name, stream: context.log_stream_name,
    custom: client&.dig('custom', 'k'), appTitle: client&.dig('client', 'app_title'),
    identity: context.identity&.fetch('cognitoIdentityId'), pool: context.identity&.fetch('cognitoIdentityPoolId'),
    tenant: context.tenant_id, trace: ENV['_X_AMZN_TRACE_ID'], telemetry: ENV['_LAMBDA_TELEMETRY_LOG_FD'],
    remaining: context.get_remaining_time_in_millis
  }
end
"""}, "f.handler"),
}
