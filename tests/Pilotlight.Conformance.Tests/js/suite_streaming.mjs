// Response streaming with the AWS SDK for JavaScript v3. `node suite_streaming.mjs --list` names the tests, `node suite_streaming.mjs NAME` runs one.
import assert from "node:assert/strict";
import { InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { lambda, text, withFunction } from "./harness.mjs";

const stream = (FunctionName, more = {}) => lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: "{}", ...more }));

async function drain(events) {
  const seen = { payload: "", chunks: 0, complete: null };
  for await (const event of events) {
    if (event.PayloadChunk) {
      seen.payload += text(event.PayloadChunk.Payload);
      seen.chunks++;
    } else {
      seen.complete = event.InvokeComplete;
    }
  }
  return seen;
}

const tests = {
  // The function goes on only when another function is gone, and the client deletes that one only when it has the first chunk.
  async test_a_chunk_arrives_while_the_function_still_writes() {
    const code = `import { LambdaClient, InvokeCommand } from "@aws-sdk/client-lambda";
      const lambda = new LambdaClient({});
      export const handler = awslambda.streamifyResponse(async ({ gate }, stream) => {
        stream.write("first");
        try {
          for (;;) await lambda.send(new InvokeCommand({ FunctionName: gate, InvocationType: "DryRun" }));
        } catch (error) {
          stream.end(error.name);
        }
      });`;
    await withFunction(code, async (FunctionName) => {
      let events;
      await withFunction("export const handler = async () => 1;", async (gate) => {
        const answer = await stream(FunctionName, { Payload: JSON.stringify({ gate }) });
        assert.equal(answer.ExecutedVersion, "$LATEST");
        assert.equal(answer.StatusCode, 200);
        events = answer.EventStream[Symbol.asyncIterator]();
        const { value } = await events.next();
        assert.equal(text(value.PayloadChunk.Payload), "first");
      });
      const { payload, complete } = await drain({ [Symbol.asyncIterator]: () => events });
      assert.equal(payload, "ResourceNotFoundException");
      assert.equal(complete.ErrorCode, undefined);
    }, { MemorySize: 512, Timeout: 60 });
  },

  async test_the_log_ends_with_the_report() {
    const code = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.write("a"); console.log("between"); stream.end("b"); });`;
    await withFunction(code, async (FunctionName) => {
      const { payload, complete } = await drain((await stream(FunctionName, { LogType: "Tail" })).EventStream);
      assert.equal(payload, "ab");
      assert.match(Buffer.from(complete.LogResult, "base64").toString(), /^START RequestId: [^]*between\n[^]*END RequestId: [^]*\nREPORT RequestId: /);
    });
  },

  async test_a_failure_in_the_middle_follows_what_was_delivered() {
    const code = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      await new Promise((resolve) => stream.write("part", resolve)); throw new TypeError("why"); });`;
    await withFunction(code, async (FunctionName) => {
      const { payload, complete } = await drain((await stream(FunctionName)).EventStream);
      assert.equal(payload, "part");
      assert.equal(complete.ErrorCode, "Unhandled");
      assert.deepEqual([JSON.parse(complete.ErrorDetails).errorType, JSON.parse(complete.ErrorDetails).errorMessage], ["TypeError", "why"]);
    });
  },

  async test_a_timeout_and_a_crash_in_the_middle() {
    const code = `export const handler = awslambda.streamifyResponse(async ({ crash }, stream) => {
      await new Promise((resolve) => stream.write("part", resolve));
      if (crash) process.exit(3);
      await new Promise((resolve) => setTimeout(resolve, 60000)); });`;
    await withFunction(code, async (FunctionName) => {
      const crashed = await drain((await stream(FunctionName, { Payload: '{"crash":true}' })).EventStream);
      assert.equal(crashed.payload, "part");
      assert.equal(crashed.complete.ErrorCode, "Runtime.ExitError");
      const late = await drain((await stream(FunctionName)).EventStream);
      assert.equal(late.payload, "part");
      assert.equal(late.complete.ErrorCode, "Sandbox.Timedout");
      assert.match(late.complete.ErrorDetails, /Task timed out after 2\.00 seconds/);
    }, { Timeout: 2 });
  },

  async test_more_than_Invoke_could_carry() {
    const code = `import { pipeline } from "node:stream/promises";
      import { Readable } from "node:stream";
      export const handler = awslambda.streamifyResponse(async (event, stream) => {
        await pipeline(Readable.from((function* () { for (let i = 0; i < 160; i++) yield Buffer.alloc(65536, 65 + i % 26); })()), stream); });`;
    await withFunction(code, async (FunctionName) => {
      const { payload, complete } = await drain((await stream(FunctionName)).EventStream);
      assert.equal(payload.length, 160 * 65536);
      assert.equal(payload[65536], "B");
      assert.equal(complete.ErrorCode, undefined);
      const whole = await lambda.send(new InvokeCommand({ FunctionName }));
      assert.equal(JSON.parse(text(whole.Payload)).errorType, "Function.ResponseSizeTooLarge");
    }, { Timeout: 60 });
  },

  async test_functions_that_do_not_stream() {
    await withFunction("export const handler = async (event) => event;", async (FunctionName) => {
      const { payload, chunks, complete } = await drain((await stream(FunctionName, { Payload: '{"a":"é"}' })).EventStream);
      assert.deepEqual([payload, chunks, complete.ErrorCode], ['{"a":"é"}', 1, undefined]);
      assert.equal((await stream(FunctionName, { InvocationType: "DryRun" })).StatusCode, 204);
    });
    await withFunction('export const handler = async () => { throw new Error("no"); };', async (FunctionName) => {
      const { payload, complete } = await drain((await stream(FunctionName)).EventStream);
      assert.deepEqual([payload, complete.ErrorCode, JSON.parse(complete.ErrorDetails).errorMessage], ["", "Unhandled", "no"]);
    });
  },

  async test_refusals_are_plain_errors() {
    await assert.rejects(stream("nobody"), { name: "ResourceNotFoundException" });
    await assert.rejects(stream("nobody", { InvocationType: "Event" }), { name: "ValidationException" });
    await withFunction("export const handler = async () => 1;", async (FunctionName) =>
      assert.rejects(stream(FunctionName, { Payload: "no json" }), { name: "InvalidRequestContentException" }));
  },
};

if (process.argv[2] === "--list") console.log(Object.keys(tests).join("\n"));
else await tests[process.argv[2]]();
