/** The goods, places and rules of the devnet. All of them are fictitious. */

/** The `productType` on the chain: free text, in the makers' spelling. */
export type ProductType =
  | 'Pharmaceutical'
  | 'Electronics'
  | 'Luxury'
  | 'Food'
  | 'Clothing'
  | 'Cosmetics'
  | 'Automotive'
  | 'Agricultural'
  | 'Timber';

export interface Goods {
  readonly productType: ProductType;
  readonly names: readonly string[];
  readonly rawMaterials: readonly string[];
  /** Days until they expire; null if they do not. */
  readonly shelfLifeDays: number | null;
  /** Transport temperature in degrees Celsius. */
  readonly temperature: readonly [low: number, high: number];
  /** Transport humidity in percent. */
  readonly humidity: readonly [low: number, high: number];
  readonly standards: readonly string[];
  readonly certificateTypes: readonly string[];
}

export const goods: readonly Goods[] = [
  {
    productType: 'Pharmaceutical',
    names: ['Insulin glargine 100 U/ml', 'Amoxicillin 500 mg', 'Hepatitis B vaccine', 'Ibuprofen 400 mg'],
    rawMaterials: ['active ingredient', 'glycerol', 'water for injection', 'borosilicate vials', 'cellulose'],
    shelfLifeDays: 730,
    temperature: [2, 8],
    humidity: [30, 55],
    standards: ['EU GMP', 'WHO PQS', 'ISO 13485'],
    certificateTypes: ['Batch release', 'Cold chain'],
  },
  {
    productType: 'Electronics',
    names: ['Meridian X2 phone', 'Tern noise-cancelling headphones', 'Lumen 27 display', 'Orbit smartwatch'],
    rawMaterials: ['lithium-ion cells', 'recycled aluminium', 'tantalum', 'cobalt-free cathode', 'glass'],
    shelfLifeDays: null,
    temperature: [10, 32],
    humidity: [20, 60],
    standards: ['RoHS', 'ISO 9001', 'IEC 62368-1'],
    certificateTypes: ['Conformity', 'Conflict-free minerals'],
  },
  {
    productType: 'Luxury',
    names: ['Calibre 88 chronograph', 'Rivière sapphire ring', 'Atelier Nord handbag'],
    rawMaterials: ['316L steel', 'sapphire crystal', 'recycled gold', 'full-grain leather'],
    shelfLifeDays: null,
    temperature: [15, 25],
    humidity: [35, 55],
    standards: ['ISO 3159', 'RJC COP'],
    certificateTypes: ['Authenticity', 'Provenance'],
  },
  {
    productType: 'Food',
    names: [
      'Yirgacheffe washed coffee',
      'Alpine raw-milk cheese',
      'Wild Alaska salmon',
      'Single-estate olive oil',
    ],
    rawMaterials: ['arabica cherries', 'raw milk', 'rennet', 'sea salt', 'olives'],
    shelfLifeDays: 240,
    temperature: [1, 12],
    humidity: [50, 75],
    standards: ['HACCP', 'ISO 22000', 'BRCGS Food'],
    certificateTypes: ['Organic', 'Fair trade', 'Origin'],
  },
  {
    productType: 'Clothing',
    names: ['Fjell merino sweater', 'Harbour rain jacket', 'Loom organic cotton shirt'],
    rawMaterials: ['merino wool', 'organic cotton', 'recycled polyester', 'corozo buttons'],
    shelfLifeDays: null,
    temperature: [8, 30],
    humidity: [30, 65],
    standards: ['OEKO-TEX 100', 'GOTS'],
    certificateTypes: ['Organic', 'Fair wear'],
  },
  {
    productType: 'Cosmetics',
    names: ['Calendula day cream', 'Vetiver eau de toilette', 'Mineral sunscreen SPF 50'],
    rawMaterials: ['calendula extract', 'shea butter', 'zinc oxide', 'ethanol', 'jojoba oil'],
    shelfLifeDays: 900,
    temperature: [8, 25],
    humidity: [30, 60],
    standards: ['ISO 22716', 'COSMOS'],
    certificateTypes: ['Cruelty-free', 'Safety assessment'],
  },
  {
    productType: 'Automotive',
    names: ['Brake disc 320 mm', 'Traction battery module 6.2 kWh', 'Wheel bearing kit'],
    rawMaterials: ['grey cast iron', 'LFP cells', 'chrome steel', 'busbars'],
    shelfLifeDays: null,
    temperature: [5, 35],
    humidity: [20, 70],
    standards: ['IATF 16949', 'UN 38.3', 'ISO 9001'],
    certificateTypes: ['Type approval', 'Conformity'],
  },
  {
    productType: 'Agricultural',
    names: ['Certified seed potatoes', 'Winter wheat seed', 'Basmati paddy', 'Hass avocados'],
    rawMaterials: ['seed stock', 'compost', 'jute sacks'],
    shelfLifeDays: 180,
    temperature: [4, 14],
    humidity: [55, 85],
    standards: ['GLOBALG.A.P.', 'ISPM 15'],
    certificateTypes: ['Phytosanitary', 'Origin'],
  },
  // A type that the schema's enum does not have, as on real chains.
  {
    productType: 'Timber',
    names: ['Oak boards 27 mm', 'Spruce glulam beam'],
    rawMaterials: ['oak', 'spruce', 'melamine resin'],
    shelfLifeDays: null,
    temperature: [0, 30],
    humidity: [40, 80],
    standards: ['FSC', 'PEFC'],
    certificateTypes: ['Chain of custody'],
  },
];

const goodsByName = new Map(goods.flatMap((entry) => entry.names.map((name) => [name, entry])));

/** Finds the goods by a product's name, to which an update may have appended text. */
export function goodsOfName(productName: string): Goods | undefined {
  return goodsByName.get(productName.split(' · ')[0] ?? '');
}

export const standards: readonly string[] = [...new Set(goods.flatMap((entry) => entry.standards))];

/** Places on the goods' way; makers, carriers and shops have other addresses. */
export const hubs: readonly string[] = [
  'Rotterdam, Maasvlakte terminal',
  'Hamburg, Altenwerder terminal',
  'Antwerp, Deurganck dock',
  'Singapore, Tuas port',
  'Dubai, Jebel Ali',
  'Leipzig, cargo airport',
  'Lyon, Saint-Exupéry cargo',
  'Vienna, Freudenau river port',
  'Kraków, customs depot',
  'Gdańsk, Baltic hub',
];

/** Spellings of the stages of a journey: contracts accept any text. */
export const stageSpellings = {
  manufactured: ['Manufactured'],
  quality_checked: ['Quality Checked', 'quality_checked', 'QUALITY CHECKED'],
  packaged: ['Packaged', 'packaged'],
  shipped: ['Shipped', 'shipped'],
  in_transit: ['In Transit', 'in_transit', 'In transit', 'Customs cleared'],
  received: ['Received', 'received'],
  stored: ['Stored', 'stored'],
  sold: ['Sold', 'sold'],
  recalled: ['Recalled', 'RECALLED'],
  disposed: ['Disposed'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type Stage = keyof typeof stageSpellings;

const stageBySpelling: ReadonlyMap<string, Stage> = new Map(
  Object.entries(stageSpellings).flatMap(([stage, spellings]) =>
    spellings.map((spelling) => [spelling, stage as Stage] as const),
  ),
);

/** Returns the stage of a status; undefined if it is not in the vocabulary. */
export function stageOf(status: string): Stage | undefined {
  return stageBySpelling.get(status);
}

export const remarks = {
  recall: [
    'seal found broken',
    'contamination suspected in retained sample',
    'label misprint',
    'cold chain broken',
  ],
  cancellation: ['order placed twice', 'delivery date missed', 'buyer withdrew', 'stock no longer available'],
  dispute: [
    'goods arrived damaged',
    'temperature log incomplete',
    'quantity short by 12',
    'wrong batch delivered',
  ],
  resolution: ['photographs confirm the claim', 'carrier log is complete and in range', 'both sides heard'],
  invalidation: ['issued for the wrong batch', 'laboratory withdrew its report', 'holder reported loss'],
  milestones: ['raw material secured', 'production finished', 'goods shipped', 'goods accepted'],
  deliverables: ['delivery note 4411', 'inspection report', 'bill of lading', 'acceptance protocol'],
  evidence: ['laboratory report', 'auditor photographs', 'data logger export', 'supplier declaration'],
  notes: ['', 'sampled 12 of 400', 'follow-up in 30 days', 'no deviation found'],
} as const satisfies Record<string, readonly string[]>;

export const verificationMethods: readonly string[] = ['QR code', 'NFC', 'manual', 'customs'];

export const organizations = [
  { name: 'Nordlicht Pharma', type: 'manufacturer' },
  { name: 'Cooperativa Alta Sierra', type: 'cooperative' },
  { name: 'Meridian Devices', type: 'manufacturer' },
  { name: 'Baltic Timber Union', type: 'association' },
  { name: 'Maison Rivière', type: 'manufacturer' },
  { name: 'Harvest & Tide', type: 'distributor' },
] as const;

export interface RuleText {
  readonly ruleId: string;
  readonly name: string;
  readonly requirement: string;
  readonly standard: string;
  readonly productType: ProductType;
  readonly severity: bigint;
}

const requirements = [
  {
    suffix: 'TRACE',
    name: 'traceability',
    requirement: 'every hand-over is recorded within 24 hours',
    severity: 2n,
  },
  { suffix: 'STORAGE', name: 'storage', requirement: 'temperature and humidity stay in range', severity: 3n },
  {
    suffix: 'LABEL',
    name: 'labelling',
    requirement: 'batch number and origin are on the package',
    severity: 1n,
  },
] as const;

/** Every rule that an auditor may add: a log carries only the hash of a rule's id, so the ids must be known. */
export const ruleTexts: readonly RuleText[] = goods.flatMap(({ standards: codes, productType }) =>
  codes.flatMap((standard) =>
    requirements.map(({ suffix, name, requirement, severity }) => ({
      ruleId: `${standard.replaceAll(/[^A-Za-z0-9]+/g, '')}-${productType.slice(0, 4).toUpperCase()}-${suffix}`,
      name: `${standard} ${name}`,
      requirement,
      standard,
      productType,
      severity,
    })),
  ),
);

export const rewardCategories = ['product_registration', 'checkpoint_added', 'certificate_verified'] as const;
