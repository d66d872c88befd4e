import type { Tagged } from './tag.js';

/** Entry `adminPages`: navigation entries and read-only data of the admin panel. */
export interface AdminPages extends Tagged<'admin-pages'> {
  readonly pages: readonly AdminPage[];
}

export interface AdminPage {
  readonly id: string;
  readonly path: string;
  readonly label: string;
  /** Rows of the page's table. */
  load(): Promise<readonly Readonly<Record<string, string | number | boolean | null>>[]>;
}

export function defineAdminPages(pages: readonly AdminPage[]): AdminPages {
  return { $type: 'blockhost.admin-pages', major: 1, pages };
}
