import { expect, test } from 'vitest';
import { findAnvil, findPostgresBinaries, missingPostgres } from '../../src/devnet/platform.ts';

const nowhere = { platform: 'plan9-mips', searchFolders: [] };

test('a missing anvil is reported with its fix', async () => {
  await expect(findAnvil(nowhere)).rejects.toMatchObject({
    name: 'CannotRunError',
    message: expect.stringContaining('anvil'),
    fix: expect.stringContaining('Install Foundry'),
  });
});

test('a missing PostgreSQL is reported with the versions found and the fix', async () => {
  expect(await findPostgresBinaries(nowhere)).toEqual([]);
  expect(missingPostgres(['/opt/old/bin is version 9.6'])).toMatchObject({
    message: expect.stringContaining('/opt/old/bin is version 9.6'),
    fix: expect.stringContaining('Install PostgreSQL 15 to 18'),
  });
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the npm packages supply PostgreSQL and anvil on Linux x64',
  async () => {
    const [postgres] = await findPostgresBinaries({ searchFolders: [] });
    expect(postgres?.embeddedFolder).toContain('node_modules');
    expect(await findAnvil({ searchFolders: [] })).toContain('node_modules');
  },
);
