import { expect, test } from 'vitest';
import { daemonSettings, loadConfiguration } from '../../src/config/index.ts';
import { defaultSettings } from '../../src/engine/settings.ts';

test('the engine’s default settings are those of a configuration without further keys', async () => {
  const environment = { DATABASE_URL: 'postgres://localhost/erc20', RPC_URL: 'http://localhost:8545' };
  const configuration = await loadConfiguration({
    named: undefined,
    environment,
    folder: import.meta.dirname,
  });
  expect(defaultSettings(environment.DATABASE_URL, [environment.RPC_URL], [])).toEqual(
    daemonSettings(configuration),
  );
});
