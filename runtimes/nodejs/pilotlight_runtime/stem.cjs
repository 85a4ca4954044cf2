// A start ahead of need: loads what every function needs, then waits to be told which function this is.
'use strict';

const { RuntimeApi } = require('./runtime_api.cjs');
const { warmUp } = require('./runtime.cjs');

// What a start would otherwise load while its first request waits.
require('./errors.cjs');
require('./handler.cjs');

// The connection on which the rest goes on.
async function assigned() {
  const env = process.env;
  const api = new RuntimeApi(env.AWS_LAMBDA_RUNTIME_API);
  await warmUp();
  const { variables } = JSON.parse(await api.get('/_pilotlight/assignment'));
  // From here on only the function keeps the event loop from being empty.
  api.release();
  for (const name of Object.keys(env)) {
    if (!(name in variables)) delete env[name];
  }
  Object.assign(env, variables);
  // The folder in which this process started lies below the function's code now.
  process.chdir(env.LAMBDA_TASK_ROOT);
  return api;
}

module.exports = { assigned };
