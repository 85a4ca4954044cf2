// Entry of the Node.js runtime client. CommonJS, because starting Node's ES module loader costs 5 ms that
// only functions written as ES modules need to pay.
'use strict';

const { start } = require('./pilotlight_runtime/runtime.cjs');

if (process.env.PILOTLIGHT_STEM === undefined) start();
else require('./pilotlight_runtime/stem.cjs').assigned().then(start);
