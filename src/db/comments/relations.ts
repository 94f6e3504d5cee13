/** What each table is, as the catalogue says it (COMMENT ON). Views say it where they are made. */
export const relationComments: Readonly<Record<string, string>> = {
  'public.users':
    'One row a wallet, whoever inserts it first: the application at a registration, or the indexer when the wallet acts on the chain. The id follows from the wallet, so both agree on it.',
  'public.products':
    'A product as its registry has it. Only a contract read tells most columns: they are null where none could be made.',
  'public.product_stakeholders': 'Who is authorised for a product, one row a product and wallet.',
  'public.checkpoints': 'A stop on a product’s way, with what was measured there, as its registry has it.',
  'public.traceability_chain':
    'The way of a product: one row a checkpoint, from the one before it. The first has no origin.',
  'public.token_balances': 'What each address holds of a token: the sum of its movements.',
  'public.trace_token_transactions': 'One row a movement of TRACE.',
  'public.vesting_schedules':
    'What is released to a beneficiary over time; a new schedule for the same one replaces the old.',
  'public.staking_pools':
    'One pool a token contract, which mirrors its constants; the application may have pools of its own beside them.',
  'public.user_stakes': 'What a staker has in a pool, one row each.',
  'public.trace_points': 'One row an accrual of reward points; a claim closes all that are open.',
  'public.compliance_standards':
    'The application’s standards; the indexer adds one that a contract names and that isn’t there.',
  'public.compliance_standard_support': 'Which contract supports which standard.',
  'public.compliance_rules': 'The rules that a compliance contract checks products against.',
  'public.product_certifications':
    'A product’s standing under one standard, by a compliance contract’s checks or by a certificate that names it.',
  'public.compliance_checkpoints': 'One row a check of a product against a rule.',
  'public.payment_contracts': 'One row a payment: a contract holds many.',
  'public.payment_milestones': 'The parts that a payment is paid out in.',
  'public.payment_disputes': 'Disputes about a payment, and how they were resolved.',
  'public.escrow_transactions': 'One row a movement of a payment’s money.',
  'public.nft_certificates':
    'One row a certificate token, from its minting on; a burned one stays, without an owner.',
  'public.certificate_codes': 'The code by which a certificate is verified, and whether it was used.',
  'public.certificate_verifications': 'One row a verification of a certificate.',
  'public.product_analytics': 'Figures of each product, which update_analytics() keeps.',
  'public.user_analytics': 'Figures of each user, which update_analytics() keeps.',
  'public.system_events':
    'What happened beside the tables: administration on the chain, and what the daemon has to say.',
  'public.factory_contracts':
    'A factory’s children, as its events tell them; smart_contract_address is the factory.',
  'ledger.chains':
    'A chain that this database follows; its genesis tells it from another behind the same URL.',
  'ledger.blocks':
    'Every block that was taken in, the orphaned ones included: nothing is deleted by a reorganization.',
  'ledger.logs': 'Every log of an indexed contract, as the node gave it; whether it counts says its block.',
  'ledger.reads': 'What contracts answered at a block, kept so that projection and replay ask no node.',
  'ledger.coverage': 'Which ranges of blocks were taken in, and how completely.',
  'ledger.cursors': 'How far a stream is: ingest in the chain, projection in the ledger.',
  'ledger.contracts': 'The contracts that are indexed, and how each came to be.',
  'ledger.quarantine':
    'Logs that couldn’t be decoded or folded: kept out of the rows, never lost, tried again when the code changes.',
  'ledger.unknown_topics': 'Logs of indexed contracts with a topic that no ABI of ours has, counted.',
  'ledger.leaders':
    'The one writer of a chain; every writing transaction locks its row and checks its epoch.',
  'ledger.heartbeats': 'The leader’s sign of life, in a table of its own so that no batch holds it up.',
  'ledger.parked': 'A stream that stands still because of an error, until a person acts.',
  'ledger.projection_versions': 'Which version of an area’s projection made its rows.',
  'ledger.receipts': 'What only a transaction’s receipt tells.',
  'ledger.journal':
    'One entry a changed row and block, of the chain-owned columns: what undo, as-of and the audit trail read.',
  'ledger.settings': 'Facts about this database as a whole.',
  'ledger.migrations': 'The migrations that were applied, in their order.',
  'ledger.commands':
    'What a person asked of the leader that writes: replays, repairs and the like, each with what became of it.',
  'ledger.replays':
    'Each replay that changed rows. Its number is the generation that its entries in the journal carry.',
  'ledger.audit_reports': 'The signed reports that were handed on, each naming the one before.',
  'ledger.audit_runs': 'Every audit that was recorded: which block, what was looked at, how much was found.',
  'ledger.audit_findings':
    'One row a finding, from the audit that first had it to the one that no longer did: closed then, never deleted.',
  'ledger.audit_contracts':
    'The storage that a contract had when an audit last found nothing about it: while it stays, nothing in it can have changed.',
  'ledger.observations':
    'What a contract was seen to say without an event: folded after the logs of its block, by every replay as well.',
  'ledger.maintenance_runs': 'Every run of a maintenance task, by whichever daemon or person.',
  'ledger.analytics_product_changes':
    'Products whose figures are to be computed again; triggers append, update_analytics() takes away.',
  'ledger.analytics_user_changes':
    'Users whose figures are to be computed again, with what is to be added to their sums.',
  'ledger.analytics_rebuilds':
    'A row asks for all figures to be computed anew; while there is one, changes needn’t be noted.',
};
