import { defineRootActions } from '@blockhost/kernel';
import { generateWallet } from './root-actions/generate-wallet.js';

/** What this engine lets the root agent do. */
export default defineRootActions([generateWallet]);
