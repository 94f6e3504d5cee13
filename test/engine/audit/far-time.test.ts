/** A block whose time is past JavaScript's calendar, which ends in the year 275760. */
import { expect, test } from 'vitest';
import type { AuditResult } from '../../../src/engine/audit/findings/result.ts';
import { runTracechain } from '../../cli/run.ts';
import { followChain } from '../../support/followed-chain.ts';

const chain = followChain();
const pastTheCalendar = 8_640_000_000_001;

test('an audit of a block past JavaScript’s calendar gives its time in seconds', async () => {
  const daemon = chain.start();
  await chain.register('A');
  await chain.node('evm_setNextBlockTimestamp', pastTheCalendar);
  await daemon.projected(await chain.mine(10));
  await daemon.stop();
  const { code, output, errors } = await runTracechain(
    ['audit', '--full', '--format', 'json', '--no-record'],
    {
      environment: { DATABASE_URL: chain.databaseUrl, RPC_URL: chain.rpcUrl },
    },
  );
  expect(errors).toBe('');
  const { blockTime, findings } = JSON.parse(output) as AuditResult;
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
  expect(blockTime).toMatch(/^86400000000\d\d seconds after 1970$/);
});
