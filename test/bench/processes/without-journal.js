/**
 * Loaded into the daemon's process before the program: the journal isn't written. Only a benchmark does that, to see what the
 * audit trail costs; the program has no such switch.
 */
import { registerHooks } from 'node:module';

const nothing = 'export async function copyJournal() {}\nexport async function copyJournalInto() {}\n';

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/src/engine/store/journal.ts')) return nextLoad(url, context);
    return { format: 'module', source: nothing, shortCircuit: true };
  },
});
