// Entry of the Node.js runtime client. CommonJS, because starting Node's ES module loader costs 5 ms that
// only functions written as ES modules need to pay.
'use strict';

require('./pilotlight_runtime/runtime.cjs').start();
