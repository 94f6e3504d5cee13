/**
 * The expected content of summaries and figures, in the simplest possible queries: one subquery per figure, without joins that could
 * multiply rows. Each query returns the rows of the view or table that it checks.
 */
import type { ClientBase } from 'pg';

const productIdentity = `product.id as product_id, product.chain_id, product.smart_contract_address,
  product.product_id as chain_product_id, product.product_name, product.batch_number, product.manufacturer_id, product.is_active`;

const hours = `round(extract(epoch from (select max("timestamp") - min("timestamp") from checkpoints
  where product_id = product.id)) / 3600, 4)`;

const checksOf = (condition: string): string =>
  `(select count(*) from compliance_checkpoints where product_id = product.id and ${condition})`;

const score = `round(100.0 * ${checksOf(`compliance_status = 'passed'`)} / nullif(${checksOf('true')}, 0), 2)`;

export const expectedSummaries = {
  product_traceability_summary: `select ${productIdentity},
      (select count(*) from checkpoints where product_id = product.id) as total_checkpoints,
      (select count(*) from product_stakeholders where product_id = product.id) as total_stakeholders,
      (select count(*) from product_stakeholders where product_id = product.id and is_active) as active_stakeholders,
      (select min("timestamp") from checkpoints where product_id = product.id) as first_checkpoint_at,
      (select max("timestamp") from checkpoints where product_id = product.id) as last_checkpoint_at,
      ${hours} as trace_duration_hours
    from products as product`,
  user_activity_summary: `select person.id as user_id, person.wallet_address, person.user_tier,
      (select count(*) from products where manufacturer_id = person.id) as total_products,
      (select count(*) from products where manufacturer_id = person.id and is_active) as live_products,
      (select count(*) from checkpoints where stakeholder_id = person.id) as total_checkpoints,
      coalesce((select sum(points) from trace_points where user_id = person.id), 0) as total_trace_points,
      coalesce((select sum(points) from trace_points where user_id = person.id and is_claimed), 0) as claimed_trace_points,
      (select count(*) from trace_token_transactions where user_id = person.id) as total_token_transactions,
      coalesce((select sum(amount) from trace_token_transactions where user_id = person.id), 0) as total_trace_tokens,
      coalesce((select sum(balance) from token_balances where address = person.wallet_address), 0) as token_balance,
      (select max(at) from (
        select created_at as at from products where manufacturer_id = person.id
        union all select created_at from checkpoints where stakeholder_id = person.id
        union all select created_at from trace_points where user_id = person.id
        union all select created_at from trace_token_transactions where user_id = person.id) as activity) as last_activity_at
    from users as person`,
  compliance_summary: `select ${productIdentity},
      (select count(*) from product_certifications where product_id = product.id) as total_certifications,
      (select count(*) from product_certifications where product_id = product.id and is_valid
        and (expires_at is null or expires_at > now())) as valid_certifications,
      ${checksOf('true')} as total_checks,
      ${checksOf(`compliance_status = 'passed'`)} as passed_checks,
      ${checksOf(`compliance_status = 'failed'`)} as failed_checks,
      ${score} as compliance_score,
      (select max(checked_at) from compliance_checkpoints where product_id = product.id) as last_checked_at
    from products as product`,
} as const;

/** The trust score of the user `person`, according to its definition. */
export const expectedTrust = `round(
  least(50, 2 * (select count(*) from products where manufacturer_id = person.id and is_active)
    + 0.5 * (select count(*) from checkpoints where product_id in (select id from products where manufacturer_id = person.id)))
  + coalesce((
      select avg(score) / 2 from (
        select 100.000000000000000000 * count(*) filter (where compliance_status = 'passed') / count(*) as score
        from compliance_checkpoints
        where product_id in (select id from products where manufacturer_id = person.id)
        group by product_id) as scored), 0),
  2)`;

export const expectedFigures = {
  product_analytics: `select product.id as product_id,
      (select count(*) from checkpoints where product_id = product.id) as total_checkpoints,
      (select count(*) from product_stakeholders where product_id = product.id) as total_stakeholders,
      ${hours} as trace_duration_hours, ${score} as compliance_score,
      (select ${expectedTrust} from users as person where person.id = product.manufacturer_id) as trust_score,
      (select max("timestamp") from checkpoints where product_id = product.id) as last_checkpoint_at
    from products as product`,
  user_analytics: `select summary.user_id, total_products, total_checkpoints, total_trace_points,
      token_balance as total_trace_tokens, ${expectedTrust} as trust_rating, last_activity_at
    from (${expectedSummaries.user_activity_summary}) as summary join users as person on person.id = summary.user_id`,
} as const;

/** The missing and the extra rows of a relation, compared by the expected columns. Both are empty if the relation is right. */
export async function differences(
  client: ClientBase,
  relation: string,
  expected: string,
): Promise<Record<string, unknown>[]> {
  const { fields } = await client.query(`select * from (${expected}) as expected limit 0`);
  const columns = fields.map(({ name }) => name).join(', ');
  const { rows } = await client.query<Record<string, unknown>>(
    `with expected as materialized (select ${columns} from (${expected}) as expected),
       found as materialized (select ${columns} from ${relation})
     select 'missing' as difference, * from (table expected except all table found) as missing
     union all select 'wrong', * from (table found except all table expected) as wrong`,
  );
  return rows;
}
