// A loader hook: the report draws through recorded-specs.mjs, which keeps each spec that it was given.
export function resolve(specifier, context, next) {
  const isReport = /\/dist\/reports\//.test(context.parentURL ?? '');
  if (isReport && /(^|\/)render\.js$/.test(specifier)) {
    return { url: new URL('./recorded-specs.mjs', import.meta.url).href, shortCircuit: true };
  }
  return next(specifier, context);
}
