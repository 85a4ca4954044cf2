// The client's side of the Runtime API: HTTP/1.1 over one kept connection, on a bare socket.
// A response and the poll for the next event leave in one write: the server answers pipelined requests in
// order, and so one round trip a call is saved.
'use strict';

const { connect } = require('node:net');
const { ResponseParser } = require('./response_parser.cjs');

const PREFIX = '/2018-06-01/runtime/';
// A larger body may be refused before it was read, which closes the connection: it travels alone.
const MAX_PIPELINED_LENGTH = 1 << 18;
const RECEIVE_SIZE = 65536;

class RuntimeApi {
  #host;
  #port;
  #requestHead;
  #getNext;
  #socket = null;
  #parser = null;
  // Who waits for which answer, in the order of the requests.
  #waiting = [];

  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.#host = address.slice(0, colon).replace(/^\[|\]$/g, '') || '127.0.0.1';
    this.#port = Number(address.slice(colon + 1));
    this.#requestHead = ` HTTP/1.1\r\nHost: ${address}\r\n`;
    this.#getNext = `GET ${PREFIX}invocation/next${this.#requestHead}\r\n`;
  }

  // The body of the answer to a plain GET.
  async get(path) {
    this.#write(`GET ${path}${this.#requestHead}\r\n`);
    const { status, body } = await this.#answer();
    if (status !== 200) throw new Error(`The Runtime API answered ${path} with ${status}.`);
    return body;
  }

  // Waits for an event: { headers, body }, header names in lower case.
  async next() {
    for (let failures = 1; ; failures++) {
      try {
        this.#write(this.#getNext);
        return asEvent(await this.#answer());
      } catch (error) {
        this.#close();
        if (failures === 3) throw error;
      }
    }
  }

  // Posts what became of an invocation ('response' or 'error'), then waits for the next event.
  async answer(kind, requestId, body, headers) {
    const post = this.#post(`invocation/${requestId}/${kind}`, body, headers);
    this.hold();
    if (body.length > MAX_PIPELINED_LENGTH) {
      await this.#deliver(post);
      return this.next();
    }
    for (let attempt = 0; attempt < 2; attempt++) {
      let next;
      try {
        this.#write(post + this.#getNext);
        const posted = this.#answer();
        next = this.#answer();
        next.catch(() => {});
        await posted;
      } catch {
        // The connection had been closed while the handler ran. Should the first post have arrived
        // after all, the second is refused, which harms nothing.
        this.#close();
        continue;
      }
      try {
        return asEvent(await next);
      } catch {
        this.#close();
      }
      break;
    }
    return this.next();
  }

  // Posts something that no event follows: an error before the process ends.
  async post(path, body, headers) {
    this.hold();
    await this.#deliver(this.#post(path, body, headers));
  }

  // A response sent as it comes; the writer of its chunks calls `end`, then awaits `done`.
  openStream(requestId, headers) {
    const head =
      `POST ${PREFIX}invocation/${requestId}/response${this.#requestHead}${headers}` +
      'Lambda-Runtime-Function-Response-Mode: streaming\r\n' +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n';
    this.#write(head);
    const socket = this.#socket;
    const done = this.#answer();
    done.catch(() => {});
    return { socket, done };
  }

  // While a handler runs, the connection must not keep the event loop from being empty.
  release() {
    this.#socket?.unref();
  }

  hold() {
    this.#socket?.ref();
  }

  async #deliver(post) {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        this.#write(post);
        await this.#answer();
        return;
      } catch {
        this.#close();
      }
    }
  }

  #post(path, body, headers) {
    return (
      `POST ${PREFIX}${path}${this.#requestHead}${headers}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  }

  #write(text) {
    if (this.#socket === null) this.#connect();
    else this.#socket.ref();
    this.#socket.write(text);
  }

  #answer() {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #connect() {
    const waiting = (this.#waiting = []);
    const parser = (this.#parser = new ResponseParser((response) => waiting.shift()?.resolve(response)));
    const socket = connect({
      host: this.#host,
      port: this.#port,
      noDelay: true,
      // One buffer for all reads: the parser copies what it must keep.
      onread: {
        buffer: Buffer.allocUnsafe(RECEIVE_SIZE),
        callback: (length, buffer) => {
          try {
            parser.take(buffer.subarray(0, length));
            if (parser.closes) this.#close();
          } catch (error) {
            socket.destroy(error);
          }
          return true;
        },
      },
    });
    let failure = null;
    socket.on('error', (error) => (failure = error));
    socket.on('end', () => parser.end());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
      const reason = failure ?? new Error('The Runtime API closed the connection.');
      for (const { reject } of waiting.splice(0)) reject(reason);
    });
    this.#socket = socket;
  }

  #close() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }
}

function asEvent(response) {
  if (response.status !== 200 || !response.headers['lambda-runtime-aws-request-id']) {
    throw new Error(`The Runtime API answered 'next' with ${response.status}: ${response.body.slice(0, 500)}`);
  }
  return response;
}

module.exports = { RuntimeApi };
