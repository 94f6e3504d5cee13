/**
 * The compliance standards that every supply chain uses. The indexer adds further ones when a contract names
 * them.
 */
import type { ClientBase } from 'pg';

export interface DefaultStandard {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
}

export const defaultStandards: readonly DefaultStandard[] = [
  {
    code: 'ISO 9001',
    name: 'ISO 9001',
    description:
      'Quality management systems: requirements for products and services that consistently meet what customers and the law ask.',
    category: 'Quality',
  },
  {
    code: 'ISO 14001',
    name: 'ISO 14001',
    description:
      'Environmental management systems: managing an organization’s effects on the environment and improving them.',
    category: 'Environment',
  },
  {
    code: 'ISO 45001',
    name: 'ISO 45001',
    description:
      'Occupational health and safety management systems: preventing work-related injury and ill health.',
    category: 'Safety',
  },
  {
    code: 'FDA 21 CFR Part 11',
    name: 'FDA 21 CFR Part 11',
    description:
      'Electronic records and electronic signatures that United States regulators accept in place of paper.',
    category: 'Pharmaceutical',
  },
  {
    code: 'EU GMP',
    name: 'EU GMP',
    description:
      'Good manufacturing practice for medicinal products in the European Union (EudraLex, volume 4).',
    category: 'Pharmaceutical',
  },
  {
    code: 'HACCP',
    name: 'HACCP',
    description:
      'Hazard analysis and critical control points: finding and controlling what can make food unsafe.',
    category: 'Food',
  },
  {
    code: 'Organic',
    name: 'Organic',
    description: 'Produced by organic methods and certified as such, from farm to shelf.',
    category: 'Agriculture',
  },
  {
    code: 'Fair Trade',
    name: 'Fair Trade',
    description:
      'Produced and traded under fair prices and working conditions, certified along the supply chain.',
    category: 'Social',
  },
];

export interface SeededStandard {
  /** As stored: `ISO9001`. */
  readonly code: string;
  readonly name: string;
  /** `completed`: the indexer had added the standard from the chain, with its code only. */
  readonly change: 'added' | 'completed' | 'kept';
}

/**
 * Adds the missing standards, and fills in missing descriptions and categories. Keeps existing texts;
 * idempotent. Throws database errors.
 */
export async function seedStandards(client: ClientBase): Promise<SeededStandard[]> {
  const { rows } = await client.query<SeededStandard>(
    `with given as (
       select ledger.standard_code(spelling) as code, * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
         with ordinality as given (spelling, name, description, category, position)
     ), changed as (
       insert into public.compliance_standards as known (standard_code, standard_name, description, category)
       select spelling, name, description, category from given order by position
       on conflict (standard_code) do update
         set description = coalesce(known.description, excluded.description),
             category = coalesce(known.category, excluded.category)
         where known.description is null or known.category is null
       returning standard_code, standard_name, xmax = 0 as is_added
     )
     select given.code, coalesce(changed.standard_name, known.standard_name) as name,
            case when changed.is_added then 'added' when not changed.is_added then 'completed' else 'kept' end as change
     from given
     left join changed on changed.standard_code = given.code
     left join public.compliance_standards as known on known.standard_code = given.code
     order by given.position`,
    [
      defaultStandards.map(({ code }) => code),
      defaultStandards.map(({ name }) => name),
      defaultStandards.map(({ description }) => description),
      defaultStandards.map(({ category }) => category),
    ],
  );
  return rows;
}
