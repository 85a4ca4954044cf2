// The AWS SDK for JavaScript v3. `node suite.mjs --list` names the tests, `node suite.mjs NAME` runs one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  LambdaClient, GetAccountSettingsCommand, GetFunctionCommand, GetFunctionConfigurationCommand,
  InvokeCommand, ListFunctionsCommand, ListTagsCommand, ListVersionsByFunctionCommand, TagResourceCommand, UntagResourceCommand,
  UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand, paginateListFunctions, waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import {
  CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand, DescribeLogGroupsCommand, DescribeLogStreamsCommand,
  FilterLogEventsCommand, GetLogEventsCommand, ListTagsForResourceCommand, PutLogEventsCommand, PutRetentionPolicyCommand,
  TagResourceCommand as TagLogs, UntagResourceCommand as UntagLogs,
} from "@aws-sdk/client-cloudwatch-logs";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { lambda, settings, text, withFunction, zip } from "./harness.mjs";

const logs = new CloudWatchLogsClient(settings);

const ECHO = "export const handler = async (event) => event;";

const tests = {
  async test_whole_life_of_a_function() {
    await withFunction(ECHO, async (FunctionName, created) => {
      assert.equal(created.State, "Pending");
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ a: [1, "é"] }), LogType: "Tail" }));
      assert.equal(answer.StatusCode, 200);
      assert.deepEqual(JSON.parse(text(answer.Payload)), { a: [1, "é"] });
      assert.match(Buffer.from(answer.LogResult, "base64").toString(), /^START RequestId: .*\nEND RequestId: .*\nREPORT RequestId: /);
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip("index.mjs", 'export const handler = async () => "new";') }));
      await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
      assert.equal(text((await lambda.send(new InvokeCommand({ FunctionName }))).Payload), '"new"');
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 300 }));
      await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
      assert.equal((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).MemorySize, 300);
      const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      assert.equal((await fetch(Code.Location)).status, 200);
    });
  },

  async test_lists_tags_versions_and_account() {
    await withFunction(ECHO, async (FunctionName, created) => {
      const names = [];
      for await (const page of paginateListFunctions({ client: lambda, pageSize: 1 }, {})) names.push(...page.Functions.map((f) => f.FunctionName));
      assert.ok(names.includes(FunctionName));
      assert.ok((await lambda.send(new ListFunctionsCommand({}))).Functions.length > 0);
      await lambda.send(new TagResourceCommand({ Resource: created.FunctionArn, Tags: { x: "1", y: "2" } }));
      await lambda.send(new UntagResourceCommand({ Resource: created.FunctionArn, TagKeys: ["x"] }));
      assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource: created.FunctionArn }))).Tags, { y: "2" });
      assert.deepEqual((await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))).Versions.map((v) => v.Version), ["$LATEST"]);
      assert.equal((await lambda.send(new GetAccountSettingsCommand({}))).AccountLimit.CodeSizeUnzipped, 262144000);
    });
  },

  async test_errors_are_typed() {
    await assert.rejects(lambda.send(new GetFunctionCommand({ FunctionName: "nobody" })), (error) => {
      assert.equal(error.name, "ResourceNotFoundException");
      assert.equal(error.message, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody");
      assert.equal(error.$metadata.httpStatusCode, 404);
      assert.ok(error.$metadata.requestId);
      return true;
    });
    await withFunction('export const handler = async () => { throw new TypeError("why"); };', async (FunctionName) => {
      const answer = await lambda.send(new InvokeCommand({ FunctionName }));
      const error = JSON.parse(text(answer.Payload));
      assert.equal(answer.FunctionError, "Unhandled");
      assert.deepEqual([error.errorType, error.errorMessage, Array.isArray(error.trace)], ["TypeError", "why", true]);
    });
    const forged = new LambdaClient({ ...settings, credentials: { accessKeyId: "test", secretAccessKey: "wrong" } });
    await assert.rejects(forged.send(new ListFunctionsCommand({})), { name: "InvalidSignatureException" });
  },

  async test_invocation_types() {
    await withFunction(ECHO, async (FunctionName) => {
      assert.equal((await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "DryRun" }))).StatusCode, 204);
      assert.equal((await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: "{}" }))).StatusCode, 202);
    });
  },

  async test_handlers_of_every_kind() {
    for (const [code, expected] of [
      ["export const handler = (event, context, callback) => setTimeout(() => callback(null, 1), 5);", "1"],
      ["export const handler = async () => {};", "null"],
      ['export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.write("a"); stream.end("b"); });', "ab"],
      ["export const handler = async (event, context) => context.functionName.slice(0, 3);", '"js-"'],
    ]) {
      await withFunction(code, async (FunctionName) => assert.equal(text((await lambda.send(new InvokeCommand({ FunctionName }))).Payload), expected, code));
    }
  },

  async test_the_sdk_inside_finds_the_platform() {
    const code = `import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
      export const handler = async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn;`;
    await withFunction(code, async (FunctionName) => assert.equal(
      text((await lambda.send(new InvokeCommand({ FunctionName }))).Payload), `"arn:aws:sts::000000000000:assumed-role/conformance/${FunctionName}"`), { MemorySize: 512 });
  },

  async test_logs() {
    const logGroupName = `/js/${randomBytes(5).toString("hex")}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3 }));
    const timestamp = Date.now();
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents: [{ timestamp, message: "one" }, { timestamp, message: "two" }] }));
    const read = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: "s", startFromHead: true }));
    assert.deepEqual(read.events.map((e) => e.message), ["one", "two"]);
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: "two" }));
    assert.deepEqual(found.events.map((e) => e.message), ["two"]);
    const [group] = (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups;
    assert.equal(group.retentionInDays, 3);
    assert.equal((await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams.length, 1);
    await logs.send(new TagLogs({ resourceArn: group.logGroupArn, tags: { a: "1", b: "2" } }));
    await logs.send(new UntagLogs({ resourceArn: group.logGroupArn, tagKeys: ["a"] }));
    assert.deepEqual((await logs.send(new ListTagsForResourceCommand({ resourceArn: group.logGroupArn }))).tags, { b: "2" });
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  },

  async test_caller_identity() {
    assert.equal((await new STSClient(settings).send(new GetCallerIdentityCommand({}))).Account, "000000000000");
  },
};

if (process.argv[2] === "--list") console.log(Object.keys(tests).join("\n"));
else await tests[process.argv[2]]();
