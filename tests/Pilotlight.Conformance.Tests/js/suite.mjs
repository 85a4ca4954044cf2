// The AWS SDK for JavaScript v3. `node suite.mjs --list` names the tests, `node suite.mjs NAME` runs one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import {
  LambdaClient, CreateFunctionCommand, DeleteFunctionCommand, GetAccountSettingsCommand, GetFunctionCommand, GetFunctionConfigurationCommand,
  InvokeCommand, ListFunctionsCommand, ListTagsCommand, ListVersionsByFunctionCommand, TagResourceCommand, UntagResourceCommand,
  UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand, paginateListFunctions, waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import {
  CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand, DescribeLogGroupsCommand, DescribeLogStreamsCommand,
  FilterLogEventsCommand, GetLogEventsCommand, ListTagsForResourceCommand, PutLogEventsCommand, PutRetentionPolicyCommand,
  TagResourceCommand as TagLogs, UntagResourceCommand as UntagLogs,
} from "@aws-sdk/client-cloudwatch-logs";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";

const settings = {
  endpoint: process.env.PILOTLIGHT_ENDPOINT ?? "http://127.0.0.1:4566",
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};
const lambda = new LambdaClient(settings);
const logs = new CloudWatchLogsClient(settings);
const role = "arn:aws:iam::000000000000:role/conformance";
const text = (bytes) => new TextDecoder().decode(bytes);

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A zip with one file, by hand: no package is needed for it.
function zip(name, content) {
  const file = Buffer.from(content), packed = deflateRawSync(file), file_name = Buffer.from(name);
  const local = Buffer.alloc(30), central = Buffer.alloc(46), end = Buffer.alloc(22);
  local.writeUInt32LE(0x04034b50, 0); local.writeUInt16LE(20, 4); local.writeUInt16LE(8, 8);
  local.writeUInt32LE(crc32(file), 14); local.writeUInt32LE(packed.length, 18); local.writeUInt32LE(file.length, 22); local.writeUInt16LE(file_name.length, 26);
  central.writeUInt32LE(0x02014b50, 0); central.writeUInt16LE(0x0314, 4); central.writeUInt16LE(20, 6); central.writeUInt16LE(8, 10);
  central.writeUInt32LE(crc32(file), 16); central.writeUInt32LE(packed.length, 20); central.writeUInt32LE(file.length, 24);
  central.writeUInt16LE(file_name.length, 28); central.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  end.writeUInt32LE(0x06054b50, 0); end.writeUInt16LE(1, 8); end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + file_name.length, 12); end.writeUInt32LE(30 + file_name.length + packed.length, 16);
  return Buffer.concat([local, file_name, packed, central, file_name, end]);
}

async function withFunction(code, use, more = {}) {
  const FunctionName = `js-${randomBytes(5).toString("hex")}`;
  const created = await lambda.send(new CreateFunctionCommand({
    FunctionName, Runtime: "nodejs20.x", Handler: "index.handler", Role: role, Timeout: 15, Code: { ZipFile: zip("index.mjs", code) }, ...more,
  }));
  try {
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
    return await use(FunctionName, created);
  } finally {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  }
}

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
