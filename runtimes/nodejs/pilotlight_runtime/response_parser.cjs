// HTTP/1.1 responses out of whatever pieces a socket delivers. Throws on what is not HTTP.
'use strict';

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_SIZE = 1 << 20;

class ResponseParser {
  #onResponse;
  // Bytes not yet understood; joined only once there are as many as the next step needs.
  #pieces = [];
  #size = 0;
  #needed = 1;
  // The response whose body is being read: { status, headers, chunks }.
  #response = null;
  #step = this.#readHead;
  // Set when a response said that its connection ends with it.
  closes = false;

  constructor(onResponse) {
    this.#onResponse = onResponse;
  }

  // Takes bytes that are only valid during the call.
  take(bytes) {
    let data = bytes;
    let isOurs = false;
    if (this.#size > 0) {
      this.#pieces.push(Buffer.from(bytes));
      this.#size += bytes.length;
      if (this.#size < this.#needed) return;
      data = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces, this.#size);
      isOurs = true;
    }
    let at = 0;
    while (data.length - at >= this.#needed && data.length > at) {
      const used = this.#step(data, at);
      if (used === 0) break;
      at += used;
    }
    if (at === data.length) {
      this.#pieces = [];
    } else {
      const rest = data.subarray(at);
      this.#pieces = [isOurs ? rest : Buffer.from(rest)];
    }
    this.#size = data.length - at;
  }

  // The connection has ended: the end of a body that announced no length.
  end() {
    if (this.#response !== null && this.#step === this.#readToEnd) {
      this.#finish(this.#response, Buffer.concat(this.#response.chunks).toString('utf8'));
    }
  }

  // Each step returns how many bytes it used, or 0 for "more needed" with `needed` set.
  #readHead(data, at) {
    const end = data.indexOf(HEAD_END, at);
    if (end < 0) {
      if (data.length - at > MAX_HEAD_SIZE) throw new Error("The Runtime API's headers do not end.");
      this.#needed = data.length - at + 1;
      return 0;
    }
    const lines = data.utf8Slice(at, end).split('\r\n');
    const status = Number(lines[0].slice(9, 12));
    if (!lines[0].startsWith('HTTP/1.') || !(status >= 100)) {
      throw new Error(`Not an HTTP status line: ${lines[0].slice(0, 100)}`);
    }
    const headers = Object.create(null);
    for (let i = 1; i < lines.length; i++) {
      const line = lines[i];
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const used = end + 4 - at;
    this.#needed = 1;
    if (status < 200) return used;
    const response = { status, headers, body: '', chunks: null };
    if (headers['transfer-encoding'] !== undefined) {
      response.chunks = [];
      this.#step = this.#readChunk;
    } else if (headers['content-length'] !== undefined) {
      const length = Number(headers['content-length']);
      if (!(length >= 0)) throw new Error('A content length that is no number.');
      const start = end + 4;
      if (data.length >= start + length) {
        this.#finish(response, data.utf8Slice(start, start + length));
        return used + length;
      }
      this.#needed = length;
      this.#step = this.#readLength;
    } else if (status === 204 || status === 304) {
      this.#finish(response, '');
      return used;
    } else {
      response.chunks = [];
      this.#step = this.#readToEnd;
    }
    this.#response = response;
    return used;
  }

  #readLength(data, at) {
    const length = this.#needed;
    this.#finish(this.#response, data.utf8Slice(at, at + length));
    return length;
  }

  #readToEnd(data, at) {
    this.#response.chunks.push(Buffer.from(data.subarray(at)));
    return data.length - at;
  }

  #readChunk(data, at) {
    const lineEnd = this.#lineEnd(data, at);
    if (lineEnd < 0) return 0;
    const text = data.latin1Slice(at, lineEnd).split(';', 1)[0].trim();
    if (!/^[0-9a-fA-F]+$/.test(text)) throw new Error('A chunk without a size.');
    const size = parseInt(text, 16);
    const start = lineEnd + 2;
    if (size === 0) {
      this.#needed = 1;
      this.#step = this.#readTrailer;
      return start - at;
    }
    const end = start + size;
    if (data.length < end + 2) {
      this.#needed = end + 2 - at;
      return 0;
    }
    if (data[end] !== 13 || data[end + 1] !== 10) throw new Error('A chunk longer than its size.');
    this.#response.chunks.push(Buffer.from(data.subarray(start, end)));
    this.#needed = 1;
    return end + 2 - at;
  }

  #readTrailer(data, at) {
    const lineEnd = this.#lineEnd(data, at);
    if (lineEnd < 0) return 0;
    this.#needed = 1;
    if (lineEnd === at) this.#finish(this.#response, Buffer.concat(this.#response.chunks).toString('utf8'));
    return lineEnd + 2 - at;
  }

  #lineEnd(data, at) {
    const end = data.indexOf(LINE_END, at);
    if (end < 0) {
      if (data.length - at > MAX_HEAD_SIZE) throw new Error('A line of the Runtime API does not end.');
      this.#needed = data.length - at + 1;
    }
    return end;
  }

  #finish(response, body) {
    response.body = body;
    response.chunks = null;
    this.#response = null;
    this.#needed = 1;
    this.#step = this.#readHead;
    if (response.headers.connection?.toLowerCase() === 'close') this.closes = true;
    this.#onResponse(response);
  }
}

module.exports = { ResponseParser };
