/** Product registries: products, their stakeholders, their checkpoints and journeys. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';
import { isMadeBy } from '../shared/values.ts';
import { productLinks } from './links.ts';
import { checkpointId, productId, stakeholderId } from './product-ids.ts';
import { checkpointValues, drawLinks, wantCheckpoints } from './product-journey.ts';
import {
  active,
  batchNumberOf,
  byBatchNumber,
  insertRegistered,
  knownProduct,
  productFromState,
  type Registered,
  registeredValues,
  stateValues,
  wantProduct,
} from './product-rows.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

export const products: Projection = {
  area: 'products',
  version: 1,
  tables: ['products', 'productStakeholders', 'checkpoints', 'traceabilityChain'],
  lookups: [byBatchNumber],
  links: productLinks,
  handlers: [
    on('ProductRegistry', 'ProductRegistered', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, batchNumberOf(event));
        wanted.row(
          'productStakeholders',
          stakeholderId(event, event.args.productId, event.args.manufacturer),
        );
      },
      apply: register,
    }),
    on('ProductRegistry', 'CheckpointAdded', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, null);
        wantCheckpoints(event, wanted, event.args.productId, event.args.checkpointIndex);
      },
      apply(event, rows) {
        const { productId: number, checkpointIndex, stakeholder, status } = event.args;
        const product = knownProduct(event, rows, number);
        const state = event.answer.checkpoint;
        const values = checkpointValues(state, { timestamp: event.block.timestamp, status });
        const id = checkpointId(event, number, checkpointIndex);
        const stakeholderUser = rows.user(state?.stakeholder ?? stakeholder);
        rows.user(stakeholder);
        if (rows.get('checkpoints', id) === undefined) {
          rows.insert('checkpoints', {
            id,
            productId: product.id,
            checkpointIndex,
            stakeholderId: stakeholderUser,
            ...values,
          });
        } else {
          rows.update('checkpoints', id, { stakeholderId: stakeholderUser, ...values });
        }
        drawLinks(event, rows, product.id, number, checkpointIndex);
        rows.update('products', product.id, { latestCheckpointIndex: checkpointIndex });
      },
    }),
    on('ProductRegistry', 'CheckpointUpdated', {
      touch(event, wanted) {
        wantCheckpoints(event, wanted, event.args.productId, event.args.checkpointIndex);
      },
      apply(event, rows) {
        const { productId: number, checkpointIndex, updater } = event.args;
        const id = checkpointId(event, number, checkpointIndex);
        const checkpoint = rows.get('checkpoints', id);
        if (checkpoint === undefined)
          throw new EffectError(`product ${number} has no checkpoint ${checkpointIndex} to update`);
        rows.user(updater);
        const state = event.answer.checkpoint;
        if (state === null) return rows.update('checkpoints', id, {});
        const kept = { timestamp: checkpoint.timestamp, status: state.status };
        const stakeholder =
          state.stakeholder === null ? checkpoint.stakeholderId : rows.user(state.stakeholder);
        rows.update('checkpoints', id, { stakeholderId: stakeholder, ...checkpointValues(state, kept) });
        drawLinks(event, rows, checkpoint.productId, number, checkpointIndex);
      },
    }),
    on('ProductRegistry', 'ProductUpdated', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const { productId: number, productName, updater } = event.args;
        rows.user(updater);
        const product = productFromState(event, rows, number, event.answer.product);
        const values = event.answer.product === null ? {} : stateValues(rows, event.answer.product);
        rows.update('products', product.id, { productName, ...values });
      },
    }),
    on('ProductRegistry', 'ProductDeleted', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const state = event.answer.product;
        const product = productFromState(event, rows, event.args.productId, state);
        const deactivatedBy = rows.user(event.args.deleter);
        const isActive = state?.isActive ?? false;
        const deactivation = isActive ? active : { deactivatedAt: event.block.timestamp, deactivatedBy };
        rows.update('products', product.id, {
          ...(state === null ? {} : stateValues(rows, state)),
          isActive,
          ...deactivation,
        });
      },
    }),
    on('ProductRegistry', 'ProductReactivated', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const state = event.answer.product;
        const product = productFromState(event, rows, event.args.productId, state);
        rows.user(event.args.reactivator);
        const isActive = state?.isActive ?? true;
        rows.update('products', product.id, {
          ...(state === null ? {} : stateValues(rows, state)),
          isActive,
          ...(isActive ? active : {}),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderAdded', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, null);
        wanted.row('productStakeholders', stakeholderId(event, event.args.productId, event.args.stakeholder));
      },
      apply(event, rows) {
        const { productId: number, stakeholder } = event.args;
        const product = knownProduct(event, rows, number);
        const { addedBy } = event.answer;
        setStakeholder(event, rows, product.id, number, stakeholder, {
          role: null,
          addedAt: event.block.timestamp,
          addedBy: addedBy === null ? null : rows.user(addedBy),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderRemoved', {
      touch(event, wanted) {
        wanted.row('productStakeholders', stakeholderId(event, event.args.productId, event.args.stakeholder));
      },
      apply(event, rows) {
        const { productId: number, stakeholder } = event.args;
        const id = stakeholderId(event, number, stakeholder);
        if (rows.get('productStakeholders', id) === undefined) {
          throw new EffectError(`${stakeholder} isn't a stakeholder of product ${number}`);
        }
        rows.update('productStakeholders', id, { isActive: false });
      },
    }),
  ],
};

function register(event: Registered, rows: Rows): void {
  const { productId: number, manufacturer } = event.args;
  const id = productId(event, number);
  const existing = rows.get('products', id);
  if (existing === undefined) {
    insertRegistered(event, rows);
  } else if (!isMadeBy(existing, event)) {
    // A second registration, which the known registries reject: the row takes the contract's current values.
    rows.update('products', id, registeredValues(event, rows));
  }
  setStakeholder(event, rows, id, number, manufacturer, {
    role: 'manufacturer',
    addedAt: event.block.timestamp,
    addedBy: rows.user(manufacturer),
  });
}

function setStakeholder(
  event: Event,
  rows: Rows,
  product: Uuid,
  number: bigint,
  wallet: Address,
  values: Pick<ChainRow<'productStakeholders'>, 'role' | 'addedAt' | 'addedBy'>,
): void {
  const stakeholderUser = rows.user(wallet);
  if (stakeholderUser === null)
    throw new EffectError(`the zero address can't be a stakeholder of product ${number}`);
  const id = stakeholderId(event, number, wallet);
  const { role, addedAt, addedBy } = values;
  if (rows.get('productStakeholders', id) === undefined) {
    rows.insert('productStakeholders', {
      id,
      productId: product,
      stakeholderId: stakeholderUser,
      isActive: true,
      role,
      addedAt,
      addedBy,
    });
  } else {
    // The application owns the role once the row exists.
    rows.update('productStakeholders', id, { isActive: true, addedAt, addedBy });
  }
}
