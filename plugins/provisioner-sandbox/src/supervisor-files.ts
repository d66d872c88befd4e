/** Ticket of the last power-on; only the supervisor that holds it may run. */
export const LAUNCH_FILE = 'launch';
/** Who supervises: {@link ProcessIdentity} and ticket. */
export const SUPERVISOR_FILE = 'supervisor.json';
/** What guest and supervisor print, as on a serial console. */
export const CONSOLE_FILE = 'console.log';
