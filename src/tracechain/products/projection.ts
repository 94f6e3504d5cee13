/** Product registries: products, their stakeholders, their checkpoints and journeys. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';
import type { Entity, Load, Write } from '../../engine/projection/entity.ts';
import { isMadeBy } from '../shared/values.ts';
import { productLinks } from './links.ts';
import { stakeholderId } from './product-ids.ts';
import { checkpointValues, drawLinks, stopOf } from './product-journey.ts';
import {
  active,
  byBatchNumber,
  insertRegistered,
  knownProduct,
  makeFromState,
  productOf,
  type Registration,
  registeredValues,
  registrationOf,
  statedProductOf,
  stateValues,
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
      entities: (event, load) => ({
        registration: registrationOf(event, load),
        manufacturer: stakeholderOf(event, event.args.productId, event.args.manufacturer, load),
      }),
      apply(event, { registration, manufacturer }, write) {
        const { productId: number, manufacturer: wallet } = event.args;
        register(registration, write);
        setStakeholder(manufacturer, { productId: registration.product.id, number, wallet }, write, {
          role: 'manufacturer',
          addedAt: event.block.timestamp,
          addedBy: write.user(wallet),
        });
      },
    }),
    on('ProductRegistry', 'CheckpointAdded', {
      entities: (event, load) => ({
        named: productOf(event, event.args.productId, load),
        stop: stopOf(event, event.args.productId, event.args.checkpointIndex, load),
      }),
      apply(event, { named, stop }, write) {
        const { productId: number, checkpointIndex, stakeholder, status } = event.args;
        const { id: productId } = knownProduct(event, number, named, write);
        const state = event.answer.checkpoint;
        const values = {
          stakeholderId: write.user(state?.stakeholder ?? stakeholder),
          ...checkpointValues(state, { timestamp: event.block.timestamp, status }),
        };
        write.user(stakeholder);
        const { checkpoint } = stop;
        if (checkpoint.row === undefined) checkpoint.insert({ productId, checkpointIndex, ...values });
        else checkpoint.update(values);
        drawLinks(stop, productId);
        named.product.update({ latestCheckpointIndex: checkpointIndex });
      },
    }),
    on('ProductRegistry', 'CheckpointUpdated', {
      entities: (event, load) => stopOf(event, event.args.productId, event.args.checkpointIndex, load),
      apply(event, stop, write) {
        const { productId: number, checkpointIndex, updater } = event.args;
        const known = stop.checkpoint.row;
        if (known === undefined)
          throw new EffectError(`product ${number} has no checkpoint ${checkpointIndex} to update`);
        write.user(updater);
        const state = event.answer.checkpoint;
        if (state === null) {
          stop.checkpoint.update({});
          return;
        }
        const otherwise = { timestamp: known.timestamp, status: state.status };
        stop.checkpoint.update({
          stakeholderId: state.stakeholder === null ? known.stakeholderId : write.user(state.stakeholder),
          ...checkpointValues(state, otherwise),
        });
        drawLinks(stop, known.productId);
      },
    }),
    on('ProductRegistry', 'ProductUpdated', {
      entities: (event, load) => statedProductOf(event, event.args.productId, load),
      apply(event, stated, write) {
        const { productId: number, productName, updater } = event.args;
        const { product, state } = stated;
        write.user(updater);
        makeFromState(event, number, stated, write);
        product.update({ productName, ...(state === null ? {} : stateValues(state, write)) });
      },
    }),
    on('ProductRegistry', 'ProductDeleted', {
      entities: (event, load) => statedProductOf(event, event.args.productId, load),
      apply(event, stated, write) {
        const { product, state } = stated;
        makeFromState(event, event.args.productId, stated, write);
        const deactivatedBy = write.user(event.args.deleter);
        const isActive = state?.isActive ?? false;
        const deactivation = isActive ? active : { deactivatedAt: event.block.timestamp, deactivatedBy };
        product.update({
          ...(state === null ? {} : stateValues(state, write)),
          isActive,
          ...deactivation,
        });
      },
    }),
    on('ProductRegistry', 'ProductReactivated', {
      entities: (event, load) => statedProductOf(event, event.args.productId, load),
      apply(event, stated, write) {
        const { product, state } = stated;
        makeFromState(event, event.args.productId, stated, write);
        write.user(event.args.reactivator);
        const isActive = state?.isActive ?? true;
        product.update({
          ...(state === null ? {} : stateValues(state, write)),
          isActive,
          ...(isActive ? active : {}),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderAdded', {
      entities: (event, load) => ({
        named: productOf(event, event.args.productId, load),
        stakeholder: stakeholderOf(event, event.args.productId, event.args.stakeholder, load),
      }),
      apply(event, { named, stakeholder }, write) {
        const { productId: number, stakeholder: wallet } = event.args;
        const { id: productId } = knownProduct(event, number, named, write);
        const { addedBy } = event.answer;
        setStakeholder(stakeholder, { productId, number, wallet }, write, {
          role: null,
          addedAt: event.block.timestamp,
          addedBy: addedBy === null ? null : write.user(addedBy),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderRemoved', {
      entities: (event, load) => stakeholderOf(event, event.args.productId, event.args.stakeholder, load),
      apply({ args }, stakeholder) {
        if (stakeholder.row === undefined)
          throw new EffectError(`${args.stakeholder} isn't a stakeholder of product ${args.productId}`);
        stakeholder.update({ isActive: false });
      },
    }),
  ],
};

function register(registration: Registration, write: Write): void {
  const { event, product } = registration;
  if (product.row === undefined) insertRegistered(registration, write);
  // A second registration, which the known registries reject: the row takes the contract's current values.
  else if (!isMadeBy(product.row, event)) product.update(registeredValues(registration, write));
}

type Stakeholder = Entity<'productStakeholders'>;

function stakeholderOf(event: Event, product: bigint, wallet: Address, load: Load): Stakeholder {
  return load.one('productStakeholders', stakeholderId(event, product, wallet));
}

function setStakeholder(
  stakeholder: Stakeholder,
  { productId, number, wallet }: { productId: Stakeholder['id']; number: bigint; wallet: Address },
  write: Write,
  { role, addedAt, addedBy }: Pick<ChainRow<'productStakeholders'>, 'role' | 'addedAt' | 'addedBy'>,
): void {
  const stakeholderUser = write.user(wallet);
  if (stakeholderUser === null)
    throw new EffectError(`the zero address can't be a stakeholder of product ${number}`);
  // The application owns the role once the row exists.
  if (stakeholder.row !== undefined) stakeholder.update({ isActive: true, addedAt, addedBy });
  else
    stakeholder.insert({ productId, stakeholderId: stakeholderUser, isActive: true, role, addedAt, addedBy });
}
