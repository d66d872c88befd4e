/** `node killable-set-up.js ROOT ANSWERS`: sets the host at ROOT up, in a process that a failpoint may kill. */
import { readFileSync } from 'node:fs';
import { bootAt } from './evm-host.js';
import { runSteps, type SetUpAnswers } from './steps.js';

const [root = '', answersFile = ''] = process.argv.slice(2);
const answers: SetUpAnswers = JSON.parse(readFileSync(answersFile, 'utf8'));
const kernel = await bootAt(root);
await runSteps(kernel, root, answers);
await kernel.stop();
