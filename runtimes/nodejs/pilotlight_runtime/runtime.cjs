// The loop of the Node.js runtime: finds the handler, then takes events and posts answers until killed.
'use strict';

const { invocation, patchConsole, warmUpLog } = require('./log.cjs');
const { RuntimeApi } = require('./runtime_api.cjs');
const { load } = require('./handler.cjs');

const env = process.env;
// The statuses with which AWS's runtime leaves.
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
const EXIT_UNSETTLED_AWAIT = 13;
const CALLBACKS_REMOVED =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
  'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

let api;
// 'starting', then 'waiting' and 'running' in turns, and 'ending' once the process is bound to exit.
let phase = 'starting';
let responseStream = null;
// What to do when the event loop has nothing left: only a pending promise, or a callback that was not called.
let onEmptyLoop = () => process.exit(EXIT_UNSETTLED_AWAIT);

function start(connected) {
  patchConsole();
  api = connected ?? new RuntimeApi(env.AWS_LAMBDA_RUNTIME_API);
  reachModules();
  offerStreaming();
  process.on('beforeExit', () => onEmptyLoop?.());
  process.on('uncaughtException', (error) => end(error, 'Uncaught Exception', EXIT_UNCAUGHT_EXCEPTION));
  process.on('unhandledRejection', (reason, promise) => {
    const { Fault } = require('./errors.cjs');
    const error = new Fault('Runtime.UnhandledPromiseRejection', String(reason));
    error.reason = reason;
    error.promise = promise;
    end(error, 'Unhandled Promise Rejection', EXIT_UNHANDLED_REJECTION);
  });
  run().catch((error) => end(error, 'Uncaught Exception', EXIT_UNCAUGHT_EXCEPTION));
}

async function run() {
  const loaded = await load(env.LAMBDA_TASK_ROOT, env._HANDLER);
  const isModern = majorVersion() >= 24;
  if (isModern && loaded.handler.length >= 3 && !loaded.isStreaming) {
    throw fault('Runtime.CallbackHandlerDeprecated', CALLBACKS_REMOVED);
  }
  const call = loaded.isStreaming ? streamed : isModern ? awaited : classic;
  onEmptyLoop = null;
  phase = 'waiting';
  let event = await api.next();
  for (;;) {
    const requestId = event.headers['lambda-runtime-aws-request-id'];
    phase = 'running';
    api.release();
    let answer = await serve(call, loaded, event, isModern);
    event = null;
    onEmptyLoop = null;
    if (phase === 'ending') return;
    phase = 'waiting';
    event = answer === null ? await api.next() : await api.answer(answer.kind, requestId, answer.body, answer.headers);
    answer = null;
  }
}

// Takes a function of our own through what every function's start and events go through, so that it is loaded and compiled. Asks for no variable
// whose absence would be remembered.
async function warmUp() {
  const atEmptyLoop = onEmptyLoop;
  const loaded = await load(__dirname, 'warm.handler');
  for (const call of [classic, awaited]) {
    await serve(call, loaded, { headers: { 'lambda-runtime-deadline-ms': '1' }, body: '{"name":"a"}' }, call === awaited);
  }
  warmUpLog();
  onEmptyLoop = atEmptyLoop;
}

// What to post for an event; null when its response was streamed.
async function serve(call, loaded, { headers, body }, isModern) {
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) env._X_AMZN_TRACE_ID = traceId;
  else delete env._X_AMZN_TRACE_ID;
  invocation.requestId = headers['lambda-runtime-aws-request-id'];
  invocation.tenantId = headers['lambda-runtime-aws-tenant-id'];
  try {
    const context = makeContext(headers);
    const result = await call(loaded, JSON.parse(body), context);
    if (result === STREAMED) return null;
    return { kind: 'response', body: stringify(result, isModern), headers: 'Content-Type: application/json\r\n' };
  } catch (error) {
    const { log, report } = require('./errors.cjs');
    log('Invoke Error', error);
    return { kind: 'error', ...report(error) };
  }
}

function stringify(result, isModern) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    const message = 'Unable to stringify response body';
    throw isModern ? fault('Runtime.JSONStringifyError', message) : new Error(message);
  }
}

function makeContext(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: fromJson(headers, 'lambda-runtime-client-context'),
    identity: fromJson(headers, 'lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function fromJson(headers, name) {
  const value = headers[name];
  if (!value) return undefined;
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.message}`);
  }
}

// node24 and later: the handler's result is the answer.
function awaited({ handler }, event, context) {
  delete context.callbackWaitsForEmptyEventLoop;
  return new Promise((resolve, reject) => {
    onEmptyLoop = () => reject(unsettled());
    Promise.resolve(handler(event, context)).then(resolve, reject);
  });
}

// Until node22: a promise, a callback, or one of the context's functions, whichever comes first.
function classic({ handler }, event, context) {
  return new Promise((resolve, reject) => {
    let isFinished = false;
    const first = (action) => (...values) => {
      if (isFinished) return;
      isFinished = true;
      onEmptyLoop = null;
      action(...values);
    };
    const isAbsent = (error) => error === undefined || error === null;
    const callback = first((error, result) => {
      if (!isAbsent(error)) reject(error);
      else if (!context.callbackWaitsForEmptyEventLoop) resolve(result);
      else {
        // Whatever the handler began may end first.
        onEmptyLoop = () => {
          onEmptyLoop = null;
          setImmediate(() => resolve(result));
        };
      }
    });
    context.succeed = first((result) => resolve(result));
    context.fail = first((error) => reject(isAbsent(error) ? 'handled' : error));
    context.done = first((error, result) => (isAbsent(error) ? resolve(result) : reject(error)));
    onEmptyLoop = () => {
      onEmptyLoop = null;
      isFinished = true;
      if (handler.constructor?.name === 'AsyncFunction') reject(unsettled());
      else resolve(null);
    };
    let result;
    try {
      result = handler(event, context, callback);
    } catch (error) {
      callback(isAbsent(error) ? new Error(String(error)) : error);
      return;
    }
    if (typeof result?.then === 'function') {
      result.then(context.succeed, context.fail);
    }
  });
}

const STREAMED = Symbol('streamed');

async function streamed({ handler, highWaterMark }, event, context) {
  const { ResponseStream } = require('./streaming.cjs');
  const requestId = context.awsRequestId;
  const stream = new ResponseStream((headers) => {
    const opened = api.openStream(requestId, headers);
    api.release();
    return opened;
  }, highWaterMark);
  responseStream = stream;
  // A listener of the handler's own may come too late, and an error without one would end the process.
  stream.on('error', () => {});
  const finished = new Promise((resolve) => stream.once('close', resolve));
  try {
    const emptied = new Promise((_, reject) => {
      onEmptyLoop = () => {
        onEmptyLoop = null;
        reject(stream.writableEnded ? unsettled() : new Error('Response stream is not finished.'));
      };
    });
    emptied.catch(() => {});
    const result = handler(event, stream, context);
    if (typeof result?.then !== 'function') throw new Error('Streaming does not support non-async handlers.');
    if ((await Promise.race([result, emptied])) !== undefined) {
      console.warn('Streaming handlers ignore return values.');
    }
    await Promise.race([finished, emptied]);
    onEmptyLoop = null;
    if (!stream.writableFinished) throw stream.errored ?? new Error('Response stream is not finished.');
  } catch (error) {
    if (!stream.hasBegun) throw error;
    const { describe, log } = require('./errors.cjs');
    log('Invoke Error', error);
    if (!stream.writableFinished) await stream.fail(describe(error));
  } finally {
    responseStream = null;
  }
  api.hold();
  await stream.done?.catch(() => {});
  api.release();
  if (majorVersion() < 24 && context.callbackWaitsForEmptyEventLoop) {
    await new Promise((resolve) => {
      onEmptyLoop = () => {
        onEmptyLoop = null;
        setImmediate(resolve);
      };
    });
  }
  return STREAMED;
}

// Tells of an error that nothing caught, then leaves.
async function end(error, title, status) {
  if (phase === 'ending') return;
  const was = phase;
  phase = 'ending';
  const { describe, log, report } = require('./errors.cjs');
  try {
    log(title, error);
    if (was === 'starting') {
      const { body, headers } = report(error);
      await api.post('init/error', body, headers);
    } else if (was === 'running' && responseStream?.hasBegun) {
      api.hold();
      await responseStream.fail(describe(error));
      await responseStream.done;
    } else if (was === 'running') {
      const { body, headers } = report(error);
      await api.post(`invocation/${invocation.requestId}/error`, body, headers);
    }
  } finally {
    process.exit(status);
  }
}

function unsettled() {
  return fault(
    'Runtime.NodeJsExit',
    'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a ' +
      'Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes');
}

function fault(name, message) {
  const { Fault } = require('./errors.cjs');
  return new Fault(name, message);
}

function majorVersion() {
  const named = /^AWS_Lambda_nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV ?? '');
  return Number(named ? named[1] : process.versions.node.split('.', 1)[0]);
}

// Layers and the SDK, should whoever started us not have said where they are.
function reachModules() {
  if (env.NODE_PATH !== undefined) return;
  const runtime = env.LAMBDA_RUNTIME_DIR;
  const major = process.versions.node.split('.', 1)[0];
  env.NODE_PATH = [
    `/opt/nodejs/node${major}/node_modules`, '/opt/nodejs/node_modules',
    `${runtime}/node_modules`, runtime, env.LAMBDA_TASK_ROOT,
  ].join(':');
  require('node:module')._initPaths();
}

function offerStreaming() {
  if (env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA === '1') return;
  const offered = { ...globalThis.awslambda };
  for (const name of ['streamifyResponse', 'HttpResponseStream']) {
    Object.defineProperty(offered, name, {
      get: () => require('./streaming.cjs')[name], configurable: true, enumerable: true,
    });
  }
  globalThis.awslambda = offered;
}

module.exports = { start, warmUp };
