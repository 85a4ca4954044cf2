// What went wrong: as the caller is told, as the log says it, and as X-Ray wants it. Loaded when needed.
'use strict';

const { types } = require('node:util');
const { logsJson } = require('./log.cjs');

// Servers bound the size of all headers together; beyond this the cause is not worth the risk.
const MAX_CAUSE_LENGTH = 8192;

// An error the runtime found itself, with the type that AWS gives it.
class Fault extends Error {
  constructor(name, message, stack) {
    super(message);
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true });
    // Captured anew, or built upon the original error's: the stack repeats the name.
    if (stack) this.stack = stack;
    else Error.captureStackTrace(this, Fault);
  }
}

const isError = (value) => value instanceof Error || types.isNativeError(value);

function describe(error) {
  try {
    if (isError(error)) {
      return {
        errorType: printable(String(error.name)),
        errorMessage: printable(String(error.message)),
        trace: typeof error.stack === 'string' ? printable(error.stack).split('\n') : [],
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

const printable = (text) => text.replaceAll('\x7f', '%7F');

// The body to post, and the headers it is posted with.
function report(error) {
  const told = describe(error);
  const type = told.errorType.replace(/[^\x20-\x7e]/g, '?');
  return {
    body: JSON.stringify(told),
    headers:
      `Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ${type}\r\n` + causeHeader(error, told),
  };
}

function log(title, error) {
  const value = isError(error) ? error : new Error(String(error));
  if (logsJson()) console.error(value);
  else console.error(title, `\t${detailed(value)}`);
}

function detailed(error) {
  try {
    return JSON.stringify(error, (_, value) => {
      if (!isError(value)) return value;
      const members = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
      if (typeof value.stack === 'string') members.stack = value.stack.split('\n');
      return members;
    });
  } catch {
    return JSON.stringify(describe(error));
  }
}

function causeHeader(error, told) {
  const stack = told.trace.slice(1).map(asFrame).filter((frame) => frame !== null);
  for (let kept = stack; ; kept = kept.slice(0, kept.length >> 1)) {
    const cause = escaped(JSON.stringify({
      working_directory: process.cwd(),
      exceptions: [{ type: told.errorType, message: told.errorMessage, stack: kept }],
      paths: [...new Set(kept.map((frame) => frame.path))],
    }));
    if (cause.length <= MAX_CAUSE_LENGTH) return `Lambda-Runtime-Function-XRay-Error-Cause: ${cause}\r\n`;
    if (kept.length === 0) return '';
  }
}

function asFrame(line) {
  const found = /^\s*at (?:(.*) \()?(?:file:\/\/)?(.*?)(?::(\d+))?(?::\d+)?\)?$/.exec(line);
  return found && { path: found[2], line: Number(found[3] ?? 0), label: found[1] ?? 'anonymous' };
}

// A header holds ASCII only.
const escaped = (json) =>
  json.replace(/[^\x20-\x7e]/g, (character) => '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0'));

module.exports = { Fault, describe, report, log };
