/** The simulator sees what it is there to see; `npm run simulate -- --sabotage all` tries every safeguard. */
import { expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import { mutations } from '../simulator/daemon/mutations.ts';
import { seekSabotage } from '../simulator/seek-mutation.ts';
import { openSite } from '../simulator/site/site.ts';

test('a safeguard that is taken out is missed', async () => {
  const site = await openSite();
  try {
    const wanted = mutations.find(({ name }) => name === 'undo-without-checkpoints');
    const { seenBy } = await seekSabotage(site, required(wanted, 'a sabotage'), 1003);
    expect(seenBy?.failures).not.toEqual([]);
    expect(seenBy).not.toBeNull();
  } finally {
    await site.stop();
  }
});
