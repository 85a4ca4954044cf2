// The hooks of esm_paths.cjs for Node before 22.15, which runs them on a thread of their own.
let parents = [];

export function initialize(data) {
  parents = data;
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) throw error;
    for (const parentURL of parents) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch {
        // The next folder may have it.
      }
    }
    throw error;
  }
}
