import { createWalletClient, type Hex, http, publicActions } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

/** A transaction past every check of the engine; answers its hash once it is mined, whether or not it succeeded. */
export async function sendRaw(
  rpcUrl: string,
  { key, to, data, gas }: { key: string; to: string | null; data: string; gas?: bigint },
): Promise<Hex> {
  const account = privateKeyToAccount(`0x${key.trim().replace(/^0x/, '')}`);
  const client = createWalletClient({ account, chain: foundry, transport: http(rpcUrl) }).extend(
    publicActions,
  );
  const hash = await client.sendTransaction({
    to: to as Hex | null,
    data: data as Hex,
    ...(gas === undefined ? {} : { gas }),
  });
  await client.waitForTransactionReceipt({ hash });
  return hash;
}
