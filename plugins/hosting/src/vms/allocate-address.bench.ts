import { reportMeasurement } from '@blockhost/kernel/testing';
import { TestHost } from '../test-host.js';

/**
 * Durable reservations per second by how full the pool is, and with fifty writers (quality.md section 3: at least 500, flat
 * from empty to 99 % full): `node dist/vms/allocate-address.bench.js`.
 */
const POOL = 25_000;
const SAMPLE = 200;
const WRITERS = 50;
/** Reservations of each. */
const EACH = 20;

const host = await TestHost.create({
  ip_pool: { network: '10.0.0.0/16', start: 2, end: POOL + 1, gateway: '10.0.0.1' },
});
let made = 0;
const reserve = () => {
  made += 1;
  return host.vms.reserve({
    name: `vm-${made}`,
    operationId: `vm-${made}`,
    ownerWallet: '0x',
    planId: null,
    username: 'admin',
    cpu: 1,
    memoryMb: 256,
    diskGb: 1,
    expiresAt: '2026-02-01T00:00:00Z',
  });
};

/** Fills the pool without measuring, past the durable commits. */
async function fillTo(share: number): Promise<void> {
  const first = made + 2;
  await host.database.transaction(async (tx) => {
    for (let offset = first; offset < POOL * share; offset += 1) {
      made += 1;
      const [{ id }] = await tx('vms')
        .insert({
          name: `vm-${made}`,
          operation_id: `vm-${made}`,
          status: 'active',
          owner_wallet: '0x',
          username: 'admin',
          cpu: 1,
          memory_mb: 256,
          disk_gb: 1,
          created_at: '2026-01-01T00:00:00.000Z',
          expires_at: '2026-02-01T00:00:00.000Z',
        })
        .returning('id');
      const address = `10.0.${offset >> 8}.${offset & 255}`;
      const pool = `10.0.0.0+2-${POOL + 1}`;
      await tx('vm_addresses').insert({ address, family: 4, vm_id: id, pool });
    }
    await tx('vm_address_cursors')
      .where({ family: 4 })
      .update({ next_offset: Math.floor(POOL * share) });
  });
}

try {
  // The first ones compile what the others run.
  for (let count = 0; count < SAMPLE; count += 1) await reserve();
  const bare = performance.now();
  for (let count = 0; count < SAMPLE; count += 1)
    await host.database.transaction((tx) =>
      tx('token_counter').insert({ id: 1, next_id: '1' }).onConflict('id').merge(),
    );
  const commits = (SAMPLE * 1000) / (performance.now() - bare);
  const start = performance.now();
  const given = await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      const addresses: (string | null)[] = [];
      for (let count = 0; count < EACH; count += 1) addresses.push((await reserve()).ipv4);
      return addresses;
    }),
  );
  const ms = performance.now() - start;
  const distinct = new Set(given.flat()).size;
  if (distinct !== WRITERS * EACH)
    throw new Error(`${WRITERS * EACH} reservations got ${distinct} addresses`);
  reportMeasurement({
    what: `address reserved by ${WRITERS} writers at once`,
    value: (WRITERS * EACH * 1000) / ms,
    unit: 'per second',
    reference: { what: 'bare commits', value: commits },
    budget: { atLeast: 500 },
  });
  for (const share of [0, 0.5, 0.9, 0.99]) {
    await fillTo(share);
    const start = performance.now();
    for (let count = 0; count < SAMPLE; count += 1) await reserve();
    reportMeasurement({
      what: `address reserved durably, pool ${share * 100} % full`,
      value: (SAMPLE * 1000) / (performance.now() - start),
      unit: 'per second',
      reference: { what: 'bare commits', value: commits },
      budget: { atLeast: 500 },
    });
  }
} finally {
  await host.dispose();
}
