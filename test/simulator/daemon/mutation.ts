/**
 * Removes a safeguard from the source that a process loads, to prove that the simulator detects its absence.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { required } from '../../../src/primitives/errors.ts';
import { mutations } from './mutations.ts';

const source = new URL('../../../src/', import.meta.url);

/**
 * Must be called before any affected module of src is loaded. Throws if the source no longer contains the
 * safeguard.
 */
export function applyMutation(name: string): void {
  const { file, find, replace } = required(
    mutations.find((one) => one.name === name),
    `the mutation ${name}`,
  );
  const url = new URL(file, source).href;
  registerHooks({
    load(asked, context, next) {
      const loaded = next(asked, context);
      if (asked !== url) return loaded;
      const { source: given } = loaded;
      const text = typeof given === 'string' ? given : new TextDecoder().decode(given);
      if (!text.includes(find))
        throw new Error(`the mutation ${name} doesn't find its safeguard in ${fileURLToPath(url)}`);
      return { ...loaded, source: text.replace(find, () => replace) };
    },
  });
}
