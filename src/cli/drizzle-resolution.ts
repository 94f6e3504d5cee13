/** Finds Drizzle's modules without what Node does for each of them; to be called before any of them is imported. */
import { registerHooks, type ResolveFnOutput } from 'node:module';

/**
 * For every module that it resolves, Node parses the `exports` of the package around it, and Drizzle's are 180 KB: for its
 * hundred modules that is two thirds of a start's time, and 100 MB of garbage. Between files of one package they say nothing.
 */
export function resolveDrizzleQuickly(): void {
  const packages = new Map<string, ResolveFnOutput>();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (specifier.startsWith('drizzle-orm')) {
        const found = packages.get(specifier) ?? nextResolve(specifier, context);
        packages.set(specifier, found);
        return { ...found, shortCircuit: true };
      }
      const isInside =
        specifier.startsWith('.') && parentURL?.includes('/node_modules/drizzle-orm/') === true;
      if (!isInside || !specifier.endsWith('.js') || !parentURL.endsWith('.js'))
        return nextResolve(specifier, context);
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
    },
  });
}
