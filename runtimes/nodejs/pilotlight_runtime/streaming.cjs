// Responses that leave while the handler still writes. Loaded when a function asks for it.
'use strict';

const { Writable } = require('node:stream');
const { Fault } = require('./errors.cjs');

const HTTP_PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END = Buffer.alloc(8);

class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(HTTP_PRELUDE_TYPE);
    // At the first write, so that a handler that fails before it can still fail plainly.
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(prelude));
      write(PRELUDE_END);
    };
    return stream;
  }
}

class ResponseStream extends Writable {
  #open;
  #contentType = 'application/octet-stream';
  #stream = null;
  #error = null;
  #isTerminated = false;
  #onHangUp = () => this.destroy();

  // `open` posts the head with the given headers and hands out { socket, done }.
  constructor(open, highWaterMark) {
    super({ highWaterMark: highWaterMark ?? 65536, decodeStrings: true });
    this.#open = open;
  }

  get hasBegun() {
    return this.#stream !== null;
  }

  // The server's answer, once the stream was ended.
  get done() {
    return this.#stream?.done;
  }

  setContentType(contentType) {
    if (this.#stream !== null) {
      throw new Fault('Runtime.InvalidStreamingOperation', 'Cannot set content-type, too late.');
    }
    this.#contentType = String(contentType).replace(/[\r\n]/g, '');
  }

  write(chunk, ...rest) {
    const isBytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(isBytes ? chunk : JSON.stringify(chunk), ...rest);
  }

  // Ends with the trailers that say what went wrong after bytes had been sent.
  fail(error) {
    this.#error = error;
    return new Promise((resolve) => {
      if (this.writableFinished) resolve();
      else if (this.destroyed) this.#terminate(resolve);
      else {
        this.once('close', resolve);
        if (!this.writableEnded) this.end();
      }
    });
  }

  _write(chunk, _, callback) {
    this.#begin();
    this.#send(chunk, callback);
  }

  _final(callback) {
    this.#begin();
    this.#terminate(callback);
  }

  #begin() {
    if (this.#stream !== null) return;
    this.#stream = this.#open(`Content-Type: ${this.#contentType}\r\n`);
    // Without a server nobody reads: what the handler still writes comes to nothing.
    this.#stream.socket.once('close', this.#onHangUp);
    this._onBeforeFirstWrite?.((chunk) => this.#send(Buffer.from(chunk)));
  }

  #terminate(callback) {
    const { socket } = this.#stream;
    socket.off('close', this.#onHangUp);
    if (this.#isTerminated) {
      callback();
      return;
    }
    this.#isTerminated = true;
    let trailers = '';
    if (this.#error !== null) {
      trailers =
        `Lambda-Runtime-Function-Error-Type: ${this.#error.errorType.replace(/[^\x20-\x7e]/g, '?')}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(this.#error)).toString('base64')}\r\n`;
    }
    socket.write(`0\r\n${trailers}\r\n`, () => callback());
  }

  #send(bytes, callback) {
    const { socket } = this.#stream;
    if (bytes.length === 0) {
      callback?.();
      return;
    }
    socket.cork();
    socket.write(`${bytes.length.toString(16)}\r\n`);
    socket.write(bytes);
    socket.write('\r\n', callback);
    socket.uncork();
  }
}

function streamifyResponse(handler, options) {
  handler[Symbol.for('aws.lambda.runtime.handler.streaming')] = 'response';
  if (options?.highWaterMark !== undefined) {
    handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')] = parseInt(options.highWaterMark, 10);
  }
  return handler;
}

module.exports = { HttpResponseStream, ResponseStream, streamifyResponse };
