/** An example of use for each view; a function says its own in its comment. */
export const viewExamples: Readonly<Record<string, string>> = {
  'public.product_details': `SELECT product_name, latest_status, latest_location FROM product_details WHERE batch_number = 'B-2024-001'`,
  'public.checkpoint_details': `SELECT sequence_order, location, status, duration_hours FROM checkpoint_details WHERE batch_number = 'B-2024-001' ORDER BY sequence_order`,
  'public.user_portfolio': `SELECT token_balance, staked_tokens, valid_certificates FROM user_portfolio WHERE wallet_address = '0x…'`,
  'public.product_traceability_summary': `SELECT product_name, total_checkpoints, trace_duration_hours FROM product_traceability_summary ORDER BY trace_duration_hours DESC NULLS LAST LIMIT 10`,
  'public.user_activity_summary': `SELECT total_products, total_checkpoints, total_trace_points FROM user_activity_summary WHERE wallet_address = '0x…'`,
  'public.compliance_summary': `SELECT product_name, compliance_score, failed_checks FROM compliance_summary WHERE compliance_score < 80`,
  'public.audit_logs': `SELECT operation, old_values, new_values, changed_at, transaction_hash FROM audit_logs WHERE table_name = 'products' AND record_id = '00000000-0000-8000-8000-000000000000' ORDER BY changed_at`,
  'ledger.partitions': `SELECT partition_name, from_block, to_block FROM ledger.partitions WHERE table_name = 'journal'`,
  'ledger.standing_changes': `SELECT block_number, log_index, operation, before FROM ledger.standing_changes WHERE row_id = '00000000-0000-8000-8000-000000000000' ORDER BY sequence`,
  'ledger.product_figures': `SELECT total_checkpoints, passed_checks FROM ledger.product_figures WHERE product_id = '00000000-0000-8000-8000-000000000000'`,
  'ledger.user_figures': `SELECT checkpoints, points FROM ledger.user_figures WHERE user_id = '00000000-0000-8000-8000-000000000000'`,
};

/** Functions whose comment gives none: how they are called. What a trigger calls isn't called by anybody else. */
export const functionExamples: Readonly<Record<string, string>> = {
  'public.is_final': 'SELECT * FROM products WHERE is_final(chain_id, block_number)',
  'ledger.text_digest': `SELECT ledger.text_digest('B-2024-001')`,
  'ledger.named_id': `SELECT ledger.named_id('tracechain:user:0x…')`,
  'ledger.user_id': `SELECT * FROM products WHERE manufacturer_id = ledger.user_id('0x…')`,
  'ledger.standard_code': `SELECT * FROM compliance_standards WHERE standard_code = ledger.standard_code('ISO 9001')`,
  'ledger.standard_id': `SELECT * FROM product_certifications WHERE standard_id = ledger.standard_id('ISO 9001')`,
};
