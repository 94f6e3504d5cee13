/**
 * The public face of the engine: everything that an area, a test or another project imports. An application describes its tables and
 * contracts, registers them, and runs a daemon with its projections; examples/erc20/ is the smallest one.
 */

/** Types: the application declares its tables, kinds and areas by merging `Register` of this module. */
export * from './register.ts';

/** Tables: `table()` describes a chain-derived table, and these are its columns. */
export {
  application,
  column,
  confirmation,
  initial,
  link,
  type Owner,
  receipt,
  table,
  type TableDescriptor,
} from '../db/table.ts';
export {
  address,
  bytes,
  decimal,
  derivedId,
  front,
  hash32,
  instant,
  type JsonValue,
  optionalProvenance,
  optionalProvenanceCheck,
  provenance,
  provenanceCheck,
  uint256,
  uuidRef,
  wei,
} from '../db/columns.ts';
export { chainTable, type ChainRow, type ChainTableName, chainTableNames, registerTables } from './tables.ts';
export type { TableIds } from './tables.ts';

/** Values: addresses, ids that are derived from chain data, and errors that name their fix. */
export {
  type Address,
  type Hash,
  type Hex,
  isAddress,
  toAddress,
  toHash,
  zeroAddress,
} from '../primitives/hex.ts';
export { entityId, leafId, standardId, userId, type Uuid } from '../primitives/ids.ts';
export { CannotRunError, InvariantError, required, TraceChainError } from '../primitives/errors.ts';

/** Contracts: a kind is an ABI, the contract reads of its events, and the children that a factory announces. */
export {
  type Child,
  defineKind,
  type EventArguments,
  type EventBlock,
  type EventName,
  type IndexedContract,
  type KindDefinition,
  type KindEvent,
} from './contract/kind.ts';
export { definitionOf, registerContracts } from './contract/kind.ts';
export type { ChainEvent, TransactionEvents, TypedEvent } from './contract/events.ts';
export type { ReadPlan } from './contract/read-plan.ts';
export { type AnswerSource, isUnavailable, recordViewOf, type View, viewOf } from './contract/views.ts';
export { directCallReader, transactionRequest } from './contract/calldata.ts';
export { ContractSet } from './contract/contract-set.ts';

/** Projections: pure functions from events to rows. */
export { type Handler, ledgerOnly, on, type Projection } from './projection/projection.ts';
export { type Lookup, lookup } from './projection/lookup.ts';
export { ProjectionSet } from './projection/projection-set.ts';
export type { AnyRow, Entity, Found, Load, NewRow, RowPatch, Write } from './projection/entity.ts';
export { EffectError } from './projection/shape.ts';
export type { Links } from './projection/links.ts';

/** Audits: what a contract's state says about each table, written independently of the projection. */
export {
  type AreaAudit,
  areaAudit,
  type EveryTablesAudit,
  notInContractState,
} from './audit/expectations/area-audit.ts';
export {
  entityKind,
  type EntityQuestion,
  type Expectation,
  type ListQuestion,
  OneOf,
} from './audit/expectations/entity-kind.ts';
export { countedFrom, elementsOf, elementsOfCount } from './audit/expectations/lists.ts';
export * as expectedValues from './audit/expectations/column-values.ts';
export type {
  AreaInvariant,
  InvariantAnswer,
  InvariantPlan,
  InvariantQuestion,
} from './audit/expectations/invariants.ts';
export { runAudit } from './audit/run.ts';
export { answerAudit } from './audit/findings/answer-audit.ts';
export type { AuditOptions } from './audit/context.ts';
export type { AuditSubject } from './audit/context.ts';
export type { AuditResult, Finding } from './audit/findings/result.ts';

/** The daemon: follows one chain, and keeps the tables equal to it. */
export { type DaemonOptions, type JobContext, runDaemon, type StartJobs } from './daemon/daemon.ts';
export {
  type ChainSettings,
  type ConfiguredContract,
  type DaemonSettings,
  defaultSettings,
} from './settings.ts';
export { type AuditJobs, startAudits } from './daemon/jobs/audits.ts';
export { type Logger, pino } from 'pino';

/** Leader commands: work that writes runs in the leader's process, or in the caller's while no process leads. */
export { type Command, type LeaderCommand, leaderCommand } from './leader/commands/command.ts';
export { startCommands } from './leader/commands/executor.ts';
export { runCommand, type RunOptions } from './leader/commands/run-command.ts';
export { replayCommand } from './replay/command.ts';
export { replayDry, type ReplayInput, type ReplayResult } from './replay/replay.ts';
export { repairCommand } from './replay/repair.ts';
export { retryQuarantineCommand } from './replay/retry-quarantine.ts';
export { resolveCommand } from './daemon/resolve.ts';

/** History: which event set a value, the rows as of a block, and the effects of a transaction. */
export { explainRow, type Explanation, isSound } from './history/explain.ts';
export { findRows, type FoundRow } from './history/find-rows.ts';
export { chainTableNamed, explainedTable } from './history/tables.ts';
export { explainTransaction } from './history/transaction.ts';
export { rowsAsOf } from './history/as-of.ts';
export type { TraceContext } from './history/trace-block.ts';

/** The database and the nodes, for programs that use the above. */
export { createPool, withClient, withTransaction } from '../db/client.ts';
export { migrate } from '../db/migrate.ts';
export { chooseChain } from './ledger/chains.ts';
export { listContracts } from './ledger/contracts.ts';
export { createNodePool, type NodePool } from './chain/nodes.ts';
export { type ChainNode, createNode } from './rpc/node.ts';
