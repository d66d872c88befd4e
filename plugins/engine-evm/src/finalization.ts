import { defineFinalization } from '@blockhost/kernel';
import { chainConfig } from './finalization/chain-config.js';
import { contracts } from './finalization/contracts.js';
import { keypair } from './finalization/keypair.js';
import { mintNft } from './finalization/mint-nft.js';
import { plan } from './finalization/plan.js';
import { revenueShare } from './finalization/revenue-share.js';
import { wallet } from './finalization/wallet.js';

/** From answers to a host with a wallet, contracts, a credential for its administrator and a plan to buy. */
export default defineFinalization({
  steps: [keypair, wallet, contracts, chainConfig],
  postSteps: [mintNft, plan, revenueShare],
});
