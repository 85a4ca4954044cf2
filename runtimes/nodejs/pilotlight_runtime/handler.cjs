// Finds the function that `_HANDLER` names, in the order in which AWS looks.
'use strict';

const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

async function load(taskRoot, name) {
  if (name.includes('..')) {
    throw fault(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const file = path.basename(name);
  const folder = name.slice(0, name.length - file.length);
  const dot = file.indexOf('.');
  if (dot < 0) throw fault('Runtime.MalformedHandlerName', 'Bad handler');
  const loaded = await loadModule(taskRoot, folder, file.slice(0, dot));
  const members = file.slice(dot + 1).split('.');
  const find = (from) => members.reduce((value, member) => value && value[member], from);
  const handler = find(loaded) || find(loaded?.default);
  if (!handler) throw fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw fault('Runtime.HandlerNotFound', `${name} is not a function`);
  const mode = handler[STREAMING];
  if (mode && mode !== 'response') {
    throw fault('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.');
  }
  return { handler, isStreaming: Boolean(mode), highWaterMark: Number(handler[HIGH_WATER_MARK]) || undefined };
}

async function loadModule(taskRoot, folder, name) {
  const base = path.resolve(taskRoot, folder, name);
  try {
    if (existsSync(base)) return require(base);
    const isModule = existsSync(base + '.js') && belongsToModule(base);
    if (!isModule && existsSync(base + '.js')) return require(base + '.js');
    for (const extension of isModule ? ['.js', '.mjs'] : ['.mjs']) {
      if (existsSync(base + extension)) return await importModule(base + extension);
    }
    if (existsSync(base + '.cjs')) return require(base + '.cjs');
    return require(require.resolve(name, { paths: [taskRoot, path.resolve(taskRoot, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw fault('Runtime.UserCodeSyntaxError', String(error), error.stack);
    }
    if (error?.code === 'MODULE_NOT_FOUND') throw fault('Runtime.ImportModuleError', String(error));
    throw error;
  }
}

function importModule(file) {
  require('./esm_paths.cjs').reach(path.dirname(file));
  return import(pathToFileURL(file).href);
}

// Whether the nearest package.json says that .js files are ES modules.
function belongsToModule(file) {
  for (let folder = path.dirname(file); path.basename(folder) !== 'node_modules'; folder = path.dirname(folder)) {
    try {
      return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error instanceof SyntaxError) return false;
    }
    if (folder === path.dirname(folder)) return false;
  }
  return false;
}

function fault(name, message, stack) {
  const { Fault } = require('./errors.cjs');
  return new Fault(name, message, stack);
}

module.exports = { load };
