import { openFrom, sealTo } from './ecies.js';
import { generatePrivateKey, publicKeyOf } from './key-file.js';

/** Messages per second, measured over at least half a second: `node dist/crypto/ecies.bench.js`. */
const privateKey = generatePrivateKey();
const publicKey = publicKeyOf(privateKey);
const signature = new TextEncoder().encode(`0x${'ab'.repeat(65)}`);
const message = sealTo(publicKey, signature);

for (const [name, act] of Object.entries({
  'ecies seal': () => sealTo(publicKey, signature),
  'ecies open': () => openFrom(privateKey, message),
})) {
  for (let warm = 0; warm < 50; warm += 1) act();
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 500; count += 1) act();
  console.log(`${name}  ${Math.round((count * 1000) / (performance.now() - start))} per second`);
}
