import { reportMeasurement } from '../testing/report-measurement.js';
import { openFrom, sealTo } from './ecies.js';
import { generatePrivateKey, publicKeyOf } from './key-file.js';

/** Messages per second, measured over at least half a second: `node dist/crypto/ecies.bench.js`. */
const privateKey = generatePrivateKey();
const publicKey = publicKeyOf(privateKey);
const signature = new TextEncoder().encode(`0x${'ab'.repeat(65)}`);
const message = sealTo(publicKey, signature);

for (const [name, act] of Object.entries({
  encrypt: () => sealTo(publicKey, signature),
  decrypt: () => openFrom(privateKey, message),
})) {
  for (let warm = 0; warm < 50; warm += 1) act();
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 500; count += 1) act();
  reportMeasurement({
    what: `ECIES ${name}`,
    value: (count * 1000) / (performance.now() - start),
    unit: 'per second',
    ...(name === 'decrypt' && { budget: { atLeast: 500 } }),
  });
}
