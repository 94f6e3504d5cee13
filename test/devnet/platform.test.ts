import { expect, test } from 'vitest';
import { findAnvil, findPostgresBinaries, missingPostgres } from '../../src/devnet/platform.ts';

const nowhere = { platform: 'plan9-mips', searchFolders: [] };

test('a missing anvil is named, with how to get it', async () => {
  await expect(findAnvil(nowhere)).rejects.toMatchObject({
    name: 'CannotRunError',
    message: expect.stringContaining('anvil'),
    fix: expect.stringContaining('Install Foundry'),
  });
});

test('a missing PostgreSQL is named, with what was seen and how to get one', async () => {
  expect(await findPostgresBinaries(nowhere)).toEqual([]);
  expect(missingPostgres(['/opt/old/bin is version 9.6'])).toMatchObject({
    message: expect.stringContaining('/opt/old/bin is version 9.6'),
    fix: expect.stringContaining('Install PostgreSQL 15 to 18'),
  });
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the registry serves both here',
  async () => {
    const [postgres] = await findPostgresBinaries({ searchFolders: [] });
    expect(postgres?.embeddedFolder).toContain('node_modules');
    expect(await findAnvil({ searchFolders: [] })).toContain('node_modules');
  },
);
