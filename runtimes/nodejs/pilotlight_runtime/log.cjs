// The console as AWS has it: every call one log event with time, request id and level. Events go to the
// framed descriptor, where they may span lines, or else to standard output.
'use strict';

const { writeSync } = require('node:fs');
const { format } = require('node:util');

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
const TEXT = 0xa55a0003;
const JSON_FORMAT = 0xa55a0002;

// The invocation at hand; 'undefined' before the first, as on AWS.
const invocation = { requestId: undefined, tenantId: undefined };

let isJson = false;
let write = writeLine;

function patchConsole() {
  const env = process.env;
  isJson = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const least = LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  const descriptor = env._LAMBDA_TELEMETRY_LOG_FD;
  if (descriptor !== undefined) {
    // Gone before user code runs: the descriptor is ours alone.
    delete env._LAMBDA_TELEMETRY_LOG_FD;
    if (/^\d+$/.test(descriptor)) write = framesTo(Number(descriptor));
  }
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] =
      LEVELS[level] < least ? () => {} : (message, ...parameters) => log(level, message, parameters);
  }
}

function log(level, message, parameters) {
  const now = new Date();
  if (isJson) write(describe(now, level, message, parameters), now, JSON_FORMAT | (LEVELS[level] << 2));
  else {
    write(
      `${now.toISOString()}\t${invocation.requestId}\t${level}\t${format(message, ...parameters)}\n`,
      now, TEXT | (LEVELS[level] << 2));
  }
}

function describe(now, level, message, parameters) {
  const record = { timestamp: now.toISOString(), level, requestId: invocation.requestId };
  if (invocation.tenantId) record.tenantId = invocation.tenantId;
  if (parameters.length === 0) {
    record.message = message;
    try {
      return JSON.stringify(record, withErrors);
    } catch {
      record.message = format(message);
      return JSON.stringify(record);
    }
  }
  record.message = format(message, ...parameters);
  const error = [message, ...parameters].find((value) => value instanceof Error);
  if (error !== undefined) {
    record.errorType = error.constructor?.name ?? 'UnknownError';
    record.errorMessage = error.message;
    record.stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  }
  return JSON.stringify(record);
}

function withErrors(_, value) {
  if (!(value instanceof Error)) return value;
  return {
    errorType: value.constructor?.name ?? 'UnknownError',
    errorMessage: value.message,
    stackTrace: typeof value.stack === 'string' ? value.stack.split('\n') : value.stack,
    ...value,
  };
}

function writeLine(text) {
  process.stdout.write(text.endsWith('\n') ? text : text + '\n');
}

function framesTo(descriptor) {
  return (text, now, type) => {
    const length = Buffer.byteLength(text);
    const frame = Buffer.allocUnsafe(16 + length);
    frame.writeUInt32BE(type >>> 0, 0);
    frame.writeUInt32BE(length, 4);
    frame.writeBigUInt64BE(BigInt(now.getTime()) * 1000n, 8);
    frame.write(text, 16);
    writeAll(descriptor, frame);
  };
}

function writeAll(descriptor, bytes) {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
      // The pipe is full and does not block; its reader needs a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// Formats a line both ways and writes none.
function warmUpLog() {
  const wrote = write;
  write = () => {};
  for (isJson of [true, false]) log('INFO', 'a %s', ['b']);
  write = wrote;
}

module.exports = { invocation, patchConsole, warmUpLog, logsJson: () => isJson };
