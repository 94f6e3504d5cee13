/** Formats an explained row: its columns with the numbers of the events that set them, then these events. */
import type { Explanation, ExplainedColumn, RowState } from '../../engine/history/explain.ts';
import type { ApplicationChange } from '../../engine/history/row-history.ts';
import { shownValue } from '../../engine/history/shown-value.ts';
import { formatFacts, formatTable } from '../output.ts';
import { eventFacts, headline, shown } from './show-event.ts';

/** Provenance columns are left out, because the events show the same. */
const provenanceColumns: ReadonlySet<string> = new Set([
  'id',
  'chain_id',
  'smart_contract_address',
  'block_number',
  'block_hash',
  'transaction_hash',
  'log_index',
  'changed_block_number',
  'changed_block_hash',
  'changed_transaction_hash',
  'changed_log_index',
  'updated_at',
]);

export function formatExplanation(explanation: Explanation): string {
  const { table, id, label, columns, events, omittedChanges } = explanation;
  const wanted = columns.filter(
    ({ column, shouldBe, owner }) => shouldBe !== null || owner !== 'chain' || !provenanceColumns.has(column),
  );
  const sections = [
    `${table} ${id}${label === null || label === '' ? '' : `: ${label}`}`,
    ...warnings(explanation),
    formatTable(['column', 'value', 'set by'], wanted.flatMap(columnLines)),
    ...events.map(
      (event, index) => `[${index + 1}] ${headline(event)}\n${indented(formatFacts(eventFacts(event)))}`,
    ),
    ...notes(explanation),
    ...(omittedChanges === 0 ? [] : [`${omittedChanges} earlier changes are omitted; --all shows them.`]),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

const stateTexts: Readonly<Record<RowState, string>> = {
  present: '',
  'not the chain’s': '',
  'taken back': 'The row does not exist: the event that made it was reverted, and none has made it since.',
  missing: 'The row is missing: an event made it, and it was not reverted. Somebody deleted it.',
  invented: 'No event made this row. Somebody other than the indexer wrote it.',
  unknown: 'There is no such row, and the journal has none.',
};

function warnings({ state, columns, untraceable }: Explanation): string[] {
  const wrong = columns.filter(({ shouldBe }) => shouldBe !== null).map(({ column }) => column);
  const isWrong = wrong.length > 0 && state === 'present';
  return [
    stateTexts[state],
    isWrong ? `Not what the chain says: ${wrong.join(', ')}. No event set the values marked ! below.` : '',
    ...untraceable.map(
      ({ blockNumber, reason }) =>
        `Block ${blockNumber} can’t be projected again (${reason}), so its events come from the journal alone.`,
    ),
  ].filter((text) => text !== '');
}

function columnLines({ column, owner, value, shouldBe, values }: ExplainedColumn): string[][] {
  if (owner !== 'chain') return [[column, shown(value), owners[owner]]];
  const [newest, ...earlier] = values;
  const current =
    shouldBe === null
      ? [[column, shown(value), setBy(newest)]]
      : [
          [`! ${column}`, shown(value), 'no event'],
          ['', `should be: ${shown(shouldBe[0])}`, setBy(newest)],
        ];
  return [...current, ...earlier.map((one) => ['', `was: ${shown(one.value)}`, setBy(one)])];
}

const owners = {
  application: 'the application',
  link: 'a link to another contract’s row',
  confirmation: 'finality',
  receipt: 'the transaction’s receipt',
} as const;

function setBy(value: ExplainedColumn['values'][number] | undefined): string {
  if (value === undefined) return '';
  const replay = value.generation === 0 ? '' : `, replay ${value.generation}`;
  if (value.event === null) {
    return value.blockNumber === null ? 'unknown' : `block ${value.blockNumber}${replay}`;
  }
  return `[${value.event + 1}]${value.isFromRead ? ' by its read' : ''}${replay}`;
}

function notes({ takenBack, applicationChanges }: Explanation): string[] {
  const back = takenBack.map(
    ({ cause, beforeBlock, generation, removedRow, recordedAt }) =>
      `${recordedAt}  a ${causeTexts[cause]}${generation === 0 ? '' : ` (${generation})`} ${
        removedRow ? 'removed the row' : 'took it back'
      } to before block ${beforeBlock}`,
  );
  const changes = applicationChanges.map(changeText);
  return [
    back.length === 0 ? '' : `Reverted\n${indented(back.join('\n'))}`,
    changes.length === 0 ? '' : `Changed by the application\n${indented(changes.join('\n'))}`,
  ];
}

const causeTexts = { reorg: 'reorganization', replay: 'replay', repair: 'repair' } as const;
const operations = { I: 'made', U: 'changed', D: 'deleted' } as const;

function changeText({
  operation,
  before,
  after,
  changedBy,
  databaseUser,
  changedAt,
}: ApplicationChange): string {
  const columns = Object.entries(after ?? before ?? {});
  const values =
    operation === 'U'
      ? `: ${columns.map(([column, json]) => `${column} ${shown(shownValue(before?.[column] ?? null, 'text'))} → ${shown(shownValue(json, 'text'))}`).join(', ')}`
      : '';
  const who = changedBy === null ? databaseUser : `user ${changedBy} (${databaseUser})`;
  return `${changedAt}  ${operations[operation]} by ${who}${values}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
