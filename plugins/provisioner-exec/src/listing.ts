/** One row of the verb `list`, as printed. */
export interface ListedRow {
  readonly name: string;
  /** `active`, `suspended`, `destroyed`, `unknown`, or whatever the executable thinks fit. */
  readonly status: string;
  /** With the feature `list-extended`. */
  readonly vmid: string | null;
}

/** Rows of `list --format json` or of its text form (specification provisioners.md 3.5); null when it is neither. */
export function listing(stdout: string): ListedRow[] | null {
  return fromJson(stdout) ?? fromText(stdout);
}

function fromJson(text: string): ListedRow[] | null {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(rows)) return null;
  const read = rows.map((row: unknown): ListedRow | null => {
    const { name, status, vmid } = (row ?? {}) as Partial<Record<keyof ListedRow, unknown>>;
    if (typeof name !== 'string' || typeof status !== 'string') return null;
    return { name, status, vmid: typeof vmid === 'string' || typeof vmid === 'number' ? String(vmid) : null };
  });
  return read.every((row) => row !== null) ? read : null;
}

/** The header is required: an empty output is no proof that there is no VM. */
function fromText(text: string): ListedRow[] | null {
  const [header = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  if (!/^NAME\s+STATUS\b/.test(header)) return null;
  const read = rows.map((row) => {
    const [name, status] = row.trim().split(/\s+/);
    return name && status ? { name, status, vmid: null } : null;
  });
  return read.every((row) => row !== null) ? read : null;
}
