// Lets `import` find what NODE_PATH names (layers, the SDK), which Node itself does only for `require`.
// Node looks for packages in the node_modules folders above a file; where all of NODE_PATH is among them
// (a link in the sandbox's root), nothing is done, because hooks cost up to 30 ms on old versions.
'use strict';

const { existsSync, realpathSync } = require('node:fs');
const module_ = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

function reach(folder) {
  const seen = new Set();
  for (let above = folder; ; above = path.dirname(above)) {
    const candidate = path.join(above, 'node_modules');
    if (existsSync(candidate)) seen.add(realpathSync(candidate));
    if (above === path.dirname(above)) break;
  }
  const unreached = (process.env.NODE_PATH ?? '')
    .split(path.delimiter)
    .filter((entry) => path.basename(entry) === 'node_modules' && existsSync(entry) && !seen.has(realpathSync(entry)));
  if (unreached.length === 0) return;
  // Any file beside a node_modules folder serves as the place to resolve from.
  const parents = unreached.map((entry) => pathToFileURL(path.join(path.dirname(entry), 'any.js')).href);
  if (module_.registerHooks) {
    module_.registerHooks({
      resolve(specifier, context, nextResolve) {
        try {
          return nextResolve(specifier, context);
        } catch (error) {
          if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !isPackage(specifier)) throw error;
          for (const parentURL of parents) {
            try {
              return nextResolve(specifier, { ...context, parentURL });
            } catch {
              // The next folder may have it.
            }
          }
          throw error;
        }
      },
    });
  } else if (module_.register) {
    module_.register(pathToFileURL(path.join(__dirname, 'esm_hooks.mjs')).href, { data: parents });
  }
}

const isPackage = (specifier) => !/^[./]|^[a-z]+:/.test(specifier);

module.exports = { reach };
