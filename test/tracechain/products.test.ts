import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckpointState, ProductState } from '../../src/tracechain/products/contract.ts';
import { userId } from '../../src/primitives/ids.ts';
import { products } from '../../src/tracechain/products/projection.ts';
import {
  addressOf,
  block,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  firstBlockTime,
  foldBlocks,
} from './support/chain.ts';
import type { FoldedRows } from './support/folded-rows.ts';

const maker = addressOf('maker');
const carrier = addressOf('carrier');

function state(values: Partial<ProductState> = {}): ProductState {
  return {
    productName: 'Arabica',
    productType: ' FOOD ',
    manufacturer: maker,
    batchNumber: 'B-1',
    manufactureDate: 1_690_000_000n,
    expiryDate: 0n,
    rawMaterials: ['beans'],
    stakeholders: [maker],
    isActive: true,
    metadataUri: 'ipfs://arabica',
    ...values,
  };
}

function checkpointState(values: Partial<CheckpointState> = {}): CheckpointState {
  return {
    timestamp: firstBlockTime,
    location: 'Santos',
    stakeholder: carrier,
    status: 'In Transit',
    temperature: '4 °C',
    humidity: '60 %',
    additionalData: '',
    ...values,
  };
}

function registered(productId: bigint, product: ProductState | null = state()): EventDescription {
  const args = {
    productId,
    productName: 'Arabica',
    manufacturer: maker,
    batchNumber: product?.batchNumber ?? 'B-1',
  };
  const source = product === null ? 'none' : 'state';
  return event('ProductRegistry', 'ProductRegistered', args, { answer: { source, product } });
}

function checkpointAdded(
  productId: bigint,
  index: bigint,
  checkpoint: CheckpointState | null = checkpointState(),
): EventDescription {
  const args = {
    productId,
    checkpointIndex: index,
    stakeholder: carrier,
    status: checkpoint?.status ?? 'Shipped',
  };
  return event('ProductRegistry', 'CheckpointAdded', args, { answer: { source: 'state', checkpoint } });
}

function folded(...blocks: readonly (readonly EventDescription[])[]): FoldedRows {
  return foldBlocks([products], chainOf(...blocks.map((transaction) => block(transaction))));
}

describe('registering', () => {
  test('makes the product as its registry has it, and its maker a stakeholder', () => {
    const rows = folded([checkpointAdded(1n, 0n), registered(1n)]);
    expect(rows.quarantined).toEqual([]);
    expect(rows.only('products')).toMatchObject({
      productId: 1n,
      productName: 'Arabica',
      productType: 'food',
      productTypeText: ' FOOD ',
      manufacturerId: userId(maker),
      batchNumber: 'B-1',
      manufactureDate: 1_690_000_000n,
      expiryDate: null,
      rawMaterials: ['beans'],
      isActive: true,
      metadataUri: 'ipfs://arabica',
      latestCheckpointIndex: 0n,
      createdAt: firstBlockTime,
    });
    expect(rows.only('productStakeholders')).toMatchObject({
      role: 'manufacturer',
      stakeholderId: userId(maker),
      addedBy: userId(maker),
      isActive: true,
    });
  });

  test('comes after its first checkpoint, and is what the product comes from all the same', () => {
    const rows = folded([checkpointAdded(1n, 0n), registered(1n)]);
    expect(rows.only('products')).toMatchObject({ logIndex: 1, changedLogIndex: 0 });
    expect(rows.only('checkpoints')).toMatchObject({ productId: rows.only('products').id, logIndex: 0 });
  });

  test('keeps what the event says where the state is gone', () => {
    const rows = folded([registered(1n, null)]);
    expect(rows.only('products')).toMatchObject({
      productName: 'Arabica',
      batchNumber: 'B-1',
      productType: null,
      isActive: true,
      manufacturerId: userId(maker),
    });
  });

  test('of a batch number that another product has is quarantined with its checkpoint, and harms nothing else', () => {
    const rows = folded(
      [registered(1n)],
      [checkpointAdded(2n, 0n), registered(2n)],
      [checkpointAdded(1n, 0n)],
    );
    expect(rows.quarantined.map(({ eventName }) => eventName)).toEqual([
      'CheckpointAdded',
      'ProductRegistered',
    ]);
    expect(rows.quarantined[1]?.reason).toContain("the batch number of product 2 is product 1's");
    expect(rows.rows('products')).toHaveLength(1);
    expect(rows.rows('checkpoints')).toHaveLength(1);
  });

  test('tells batch numbers apart by their bytes, which the database may be unable to show', () => {
    const rows = folded(
      [registered(1n, state({ batchNumber: 'B\0' }))],
      [registered(2n, state({ batchNumber: 'B\udcff' }))],
    );
    expect(rows.quarantined).toEqual([]);
    expect(rows.rows('products').map(({ batchNumber }) => batchNumber)).toEqual(['B\u{fffd}', 'B\u{fffd}']);
    expect(rows.rows('products').map(({ inexactColumns }) => inexactColumns)).toEqual([
      ['batch_number'],
      ['batch_number'],
    ]);
  });
});

describe('a checkpoint', () => {
  test('is linked to the one before it', () => {
    const rows = folded(
      [checkpointAdded(1n, 0n, checkpointState({ location: 'Santos', stakeholder: maker })), registered(1n)],
      [checkpointAdded(1n, 1n, checkpointState({ location: 'Hamburg', timestamp: firstBlockTime + 5_400n }))],
    );
    const links = rows
      .rows('traceabilityChain')
      .toSorted((left, right) => Number(left.sequenceOrder - right.sequenceOrder));
    expect(links).toMatchObject([
      {
        sequenceOrder: 0n,
        fromLocation: null,
        toLocation: 'Santos',
        durationHours: null,
        fromStakeholderId: null,
      },
      {
        sequenceOrder: 1n,
        fromLocation: 'Santos',
        toLocation: 'Hamburg',
        durationHours: '1.5',
        fromStakeholderId: userId(maker),
        toStakeholderId: userId(carrier),
      },
    ]);
  });

  test.each([
    ['In Transit', 'in_transit'],
    ['QUALITY-CHECKED', 'quality_checked'],
    ['  sold', 'sold'],
    ['teleported', 'other'],
    ['', 'other'],
  ])('of the status %j is %s, with the original beside it', (statusText, status) => {
    const rows = folded([checkpointAdded(1n, 0n, checkpointState({ status: statusText })), registered(1n)]);
    expect(rows.only('checkpoints')).toMatchObject({ status, statusText });
  });

  test('that is updated redraws the links on both of its sides', () => {
    const moved = checkpointState({ location: 'Rotterdam' });
    const updated = event(
      'ProductRegistry',
      'CheckpointUpdated',
      { productId: 1n, checkpointIndex: 1n, updater: carrier },
      { answer: { source: 'state', checkpoint: moved } },
    );
    const rows = folded(
      [checkpointAdded(1n, 0n), registered(1n)],
      [checkpointAdded(1n, 1n, checkpointState({ location: 'Hamburg' }))],
      [checkpointAdded(1n, 2n, checkpointState({ location: 'Berlin' }))],
      [updated],
    );
    const links = rows
      .rows('traceabilityChain')
      .toSorted((left, right) => Number(left.sequenceOrder - right.sequenceOrder));
    expect(links.map(({ fromLocation, toLocation }) => [fromLocation, toLocation])).toEqual([
      [null, 'Santos'],
      ['Santos', 'Rotterdam'],
      ['Rotterdam', 'Berlin'],
    ]);
  });

  test('of a product that nobody registered is quarantined', () => {
    const rows = folded([checkpointAdded(9n, 0n)]);
    expect(rows.quarantined).toMatchObject([{ eventName: 'CheckpointAdded', area: 'products' }]);
    expect(rows.rows('checkpoints')).toEqual([]);
    expect(rows.users.size).toBe(0);
  });
});

describe('a product', () => {
  const deleted = (product: ProductState | null): EventDescription =>
    event(
      'ProductRegistry',
      'ProductDeleted',
      { productId: 1n, deleter: maker },
      { answer: { source: 'state', product } },
    );
  const reactivated = (product: ProductState | null): EventDescription =>
    event(
      'ProductRegistry',
      'ProductReactivated',
      { productId: 1n, reactivator: maker },
      { answer: { source: 'state', product } },
    );

  test('that is deleted says since when and by whom, and no longer when it is back', () => {
    const gone = [registered(1n)];
    const rows = folded(gone, [deleted(state({ isActive: false }))]);
    expect(rows.only('products')).toMatchObject({
      isActive: false,
      deactivatedAt: firstBlockTime + 12n,
      deactivatedBy: userId(maker),
    });
    const back = folded(gone, [deleted(state({ isActive: false }))], [reactivated(state())]);
    expect(back.only('products')).toMatchObject({ isActive: true, deactivatedAt: null, deactivatedBy: null });
  });

  test('that is deleted and brought back in one block is what its contract says at the end of it', () => {
    const rows = folded([registered(1n)], [deleted(state()), reactivated(state())]);
    expect(rows.only('products')).toMatchObject({ isActive: true, deactivatedAt: null, changedLogIndex: 1 });
    expect(
      rows.journal.filter(({ table, blockNumber }) => table === 'products' && blockNumber === 2),
    ).toHaveLength(1);
  });

  test('from before the indexed blocks is made from its state', () => {
    const rows = folded([deleted(state({ isActive: false }))]);
    expect(rows.only('products')).toMatchObject({
      productName: 'Arabica',
      batchNumber: 'B-1',
      isActive: false,
    });
  });

  test('loses a stakeholder by the row becoming inactive', () => {
    const added = event(
      'ProductRegistry',
      'StakeholderAdded',
      { productId: 1n, stakeholder: carrier },
      { answer: { source: 'calldata', addedBy: maker } },
    );
    const removed = event('ProductRegistry', 'StakeholderRemoved', { productId: 1n, stakeholder: carrier });
    const rows = folded([registered(1n)], [added], [removed]);
    const row = rows
      .rows('productStakeholders')
      .find(({ stakeholderId }) => stakeholderId === userId(carrier));
    expect(row).toMatchObject({ isActive: false, addedBy: userId(maker), role: null });
  });
});

test('any division of the same events into batches gives the same rows, journal and quarantine', () => {
  const productIds = fc.bigInt({ min: 1n, max: 3n });
  const indexes = fc.bigInt({ min: 0n, max: 3n });
  const texts = fc.constantFrom('B-1', 'B-2', 'B\0', '');
  const states = fc.option(
    fc
      .record({ batchNumber: texts, isActive: fc.boolean(), productName: texts })
      .map((values) => state(values)),
  );
  const checkpoints = fc.option(
    fc
      .record({ location: texts, status: texts, timestamp: fc.bigInt(0n, 2n ** 256n - 1n) })
      .map((values) => checkpointState(values)),
  );
  const answered = (product: ProductState | null) => ({ answer: { source: 'state' as const, product } });
  const events = fc.oneof(
    fc.tuple(productIds, states).map(([productId, product]) => registered(productId, product)),
    fc
      .tuple(productIds, indexes, checkpoints)
      .map(([productId, index, checkpoint]) => checkpointAdded(productId, index, checkpoint)),
    fc
      .tuple(productIds, indexes, checkpoints)
      .map(([productId, checkpointIndex, checkpoint]) =>
        event(
          'ProductRegistry',
          'CheckpointUpdated',
          { productId, checkpointIndex, updater: maker },
          { answer: { source: 'state', checkpoint } },
        ),
      ),
    fc
      .tuple(productIds, states)
      .map(([productId, product]) =>
        event('ProductRegistry', 'ProductDeleted', { productId, deleter: maker }, answered(product)),
      ),
    fc
      .tuple(productIds, states)
      .map(([productId, product]) =>
        event(
          'ProductRegistry',
          'ProductUpdated',
          { productId, productName: 'New', updater: maker },
          answered(product),
        ),
      ),
    productIds.map((productId) =>
      event(
        'ProductRegistry',
        'StakeholderAdded',
        { productId, stakeholder: carrier },
        { answer: { source: 'none', addedBy: null } },
      ),
    ),
    productIds.map((productId) =>
      event('ProductRegistry', 'StakeholderRemoved', { productId, stakeholder: carrier }),
    ),
  );
  expectSameInAnyBatches([products], blocksOf(events));
});
