import { defineMigrations } from '@blockhost/kernel';
import { createWatchdogTables } from './acts/schema.js';

export default defineMigrations([{ id: '0001-watchdog', up: createWatchdogTables }]);
