/** How much memory the daemon's garbage may take. */
import { setFlagsFromString } from 'node:v8';

/**
 * The heap is collected when it has grown by so much over what was alive. V8's own choice is up to 300: for a process that makes
 * garbage as fast as a backfill does that is half a gigabyte, against some more CPU for collecting.
 */
const growthPercent = 60;

/** For the daemon, which stays, and for what it starts beside itself; a command that ends soon is better off with V8's own choice. To be called before the heap grows. */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
