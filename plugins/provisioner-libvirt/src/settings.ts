import { BlockhostError, type HostConfig } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';

const DEBIAN_MIRROR = 'http://deb.debian.org/debian';
const DEFAULT_STORAGE_PATH = '/var/lib/blockhost/vms';

/** Folder of the VMs' disks, `storage_path` of `db.yaml`. */
export async function storagePath(config: HostConfig): Promise<string> {
  const configured = (await config.find(DB_YAML))?.storage_path ?? DEFAULT_STORAGE_PATH;
  if (
    typeof configured !== 'string' ||
    !/^\/[A-Za-z0-9._/-]+$/.test(configured) ||
    /(^|\/)\.\.?(\/|$)/.test(configured)
  )
    throw wrong('storage_path', configured, 'an absolute path of letters, digits, ".", "_" and "-"');
  return configured;
}

/** libvirt's pool over that folder, `storage_pool` of `db.yaml`. */
export async function storagePool(config: HostConfig): Promise<string> {
  const pool = (await config.find(DB_YAML))?.storage_pool ?? 'blockhost';
  if (typeof pool === 'string' && /^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(pool)) return pool;
  throw wrong('storage_pool', pool, 'a name of letters, digits, "_" and "-"');
}

/**
 * `libvirt.domain_type` of `db.yaml`: `kvm` unless told. Never derived from `/dev/kvm`: there are machines on which it opens
 * and libvirt offers it, and no guest boots.
 */
export async function domainType(config: HostConfig): Promise<'kvm' | 'qemu'> {
  const type = (await section(config)).domain_type ?? 'kvm';
  if (type === 'kvm' || type === 'qemu') return type;
  throw wrong('libvirt.domain_type', type, '"kvm", or "qemu" for software emulation');
}

/**
 * `libvirt.overcommit_factor` of `db.yaml`: the part of a new VM's disk that must be free, 1 unless told. Disks take space
 * only as they fill.
 */
export async function overcommitFactor(config: HostConfig): Promise<number> {
  const factor = (await section(config)).overcommit_factor ?? 1;
  if (typeof factor === 'number' && factor > 0 && factor <= 10) return factor;
  throw wrong('libvirt.overcommit_factor', factor, 'a number above 0, at most 10');
}

/** What the base image is made from: `libvirt.template` of `db.yaml`. */
export type TemplateSource =
  | { readonly kind: 'image'; readonly source: string; readonly sha512: string }
  | { readonly kind: 'debian'; readonly mirror: string }
  | { readonly kind: 'mini' };

export async function templateSource(config: HostConfig): Promise<TemplateSource> {
  const template = (await section(config)).template;
  const {
    kind,
    source,
    sha512,
    mirror = DEBIAN_MIRROR,
  } = (template ?? { kind: 'debian' }) as Readonly<Record<string, unknown>>;
  if (kind === 'mini') return { kind };
  if (kind === 'debian') {
    if (typeof mirror === 'string' && /^https?:\/\/[^\s"'@?#]+$/.test(mirror)) return { kind, mirror };
    throw wrong('libvirt.template.mirror', mirror, 'the URL of a mirror of Debian');
  }
  if (kind !== 'image') throw wrong('libvirt.template.kind', kind, '"debian", "image" or "mini"');
  if (typeof source !== 'string' || !/^(https:\/\/|\/)[^\s]+$/.test(source))
    throw wrong('libvirt.template.source', source, 'an absolute path or an https URL of a qcow2 image');
  if (typeof sha512 !== 'string' || !/^[0-9a-f]{128}$/.test(sha512))
    throw wrong('libvirt.template.sha512', sha512, 'the SHA-512 of that image, 128 hexadecimal digits');
  return { kind, source, sha512 };
}

/** The bridge that VMs are on, `bridge` of `db.yaml`. */
export async function hostBridge(config: HostConfig): Promise<string> {
  const bridge = (await config.find(DB_YAML))?.bridge;
  if (typeof bridge === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(bridge)) return bridge;
  throw wrong('bridge', bridge, 'the name of the bridge that VMs are on');
}

async function section(config: HostConfig): Promise<Readonly<Record<string, unknown>>> {
  const found = (await config.find(DB_YAML))?.libvirt ?? {};
  if (typeof found === 'object') return found as Readonly<Record<string, unknown>>;
  throw wrong('libvirt', found, 'a mapping');
}

function wrong(field: string, found: unknown, expected: string): BlockhostError {
  return new BlockhostError(
    'provisioner.invalid-config',
    `"${field}" in db.yaml is ${JSON.stringify(found) ?? 'missing'}, but must be ${expected}.`,
    { remedy: `Set ${field} in db.yaml.`, facts: { field } },
  );
}
