// What the suites share: a client for the endpoint under test, packages made in memory, and a function that exists while a test runs.
import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { LambdaClient, CreateFunctionCommand, DeleteFunctionCommand, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";

export const settings = {
  endpoint: process.env.PILOTLIGHT_ENDPOINT ?? "http://127.0.0.1:4566",
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};
export const lambda = new LambdaClient(settings);
export const role = "arn:aws:iam::000000000000:role/conformance";
export const text = (bytes) => new TextDecoder().decode(bytes);

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// A zip with one file, by hand: no package is needed for it.
export function zip(name, content) {
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

export async function withFunction(code, use, more = {}) {
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
