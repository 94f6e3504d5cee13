/** The schema without the areas' tables: shared enums, tables and views, and the engine's own tables. */
export * from './enums.ts';
export * from './users.ts';
export * from './analytics.ts';
export * from './summaries.ts';
export * from './figures.ts';
export * from './views.ts';
export { ledger } from '../../engine/ledger/tables/schema.ts';
export * from '../../engine/ledger/tables/raw.ts';
export * from '../../engine/ledger/tables/streams.ts';
export * from '../../engine/ledger/tables/journal.ts';
export * from '../../engine/ledger/tables/upkeep.ts';
export * from '../../engine/ledger/tables/commands.ts';
export * from '../../engine/ledger/tables/audit.ts';
