/** The common envelope of every manifest, with the keys of the roles (architecture, section 3.1). */
export interface Manifest {
  readonly schema?: 1;
  readonly name: string;
  readonly version: string;
  readonly display_name: string;
  readonly description?: string;
  /** Absolute folder of the installed plugin, resolved below the root; absent: where the manifest really lies. */
  readonly home?: string;
  readonly requires?: {
    /** Semver range of the kernel. */
    readonly kernel: string;
    /** Ports its entries inject, by name. */
    readonly ports?: readonly string[];
    /** Other plugins by name, with a semver range. */
    readonly plugins?: Readonly<Record<string, string>>;
  };
  readonly provides?: readonly {
    readonly port: string;
    readonly major: number;
    readonly capabilities?: readonly string[];
    /** ES module whose default export is the class; `entries.service` unless told. */
    readonly entry?: string;
  }[];
  readonly entries?: {
    readonly service?: string;
    readonly wizard?: string;
    readonly finalization?: string;
    readonly rootActions?: string;
    readonly adminPages?: string;
    readonly migrations?: string;
    /** Folder of oclif command modules, described by `oclif.manifest.json` in `home`. */
    readonly commands?: string;
    /** Daemon id → ES module whose default export is the class. */
    readonly daemons?: Readonly<Record<string, string>>;
  };
  readonly contributes?: {
    readonly commands?: readonly { readonly id: string; readonly summary: string }[];
    /** Program name → command, words separated by blanks (`blockhost-vm-create` → `vm create`). */
    readonly short_names?: Readonly<Record<string, string>>;
    readonly steps?: readonly { readonly id: string; readonly label: string; readonly hint?: string }[];
    readonly actions?: readonly { readonly name: string; readonly summary: string }[];
    readonly daemons?: readonly { readonly id: string; readonly summary: string }[];
    readonly pages?: readonly { readonly id: string; readonly label: string; readonly path: string }[];
    /** JSON Schema file of the plugin's section of the set-up answers; `writeOnly` marks secrets. */
    readonly answers?: string;
  };
  /** Roles whose foreign plugins this plugin drives. */
  readonly adapts?: readonly string[];
  /** `required` for role plugins and `optional` for extensions unless told. */
  readonly failure_policy?: 'required' | 'optional';
  /** Deadline of import and activation; 10,000 unless told. */
  readonly timeout_ms?: number;
  readonly bugs?: string;
  readonly privileges?: {
    readonly actions?: readonly string[];
    readonly paths?: readonly string[];
    readonly network?: readonly string[];
  };
  readonly accent_color?: string;
  readonly setup?: {
    readonly wizard_module?: string;
    readonly finalization_steps?: readonly string[];
    readonly post_finalization_steps?: readonly string[];
    readonly first_boot_hook?: string;
    readonly detect?: string;
  };
  /** Verb → executable. */
  readonly commands?: Readonly<Record<string, string>>;
  readonly root_agent_actions?: string;
  readonly constraints?: {
    readonly address_pattern?: string;
    readonly signature_pattern?: string;
    readonly token_pattern?: string;
    readonly native_token?: string;
    readonly native_token_label?: string;
    readonly address_placeholder?: string;
  };
  readonly config_keys?: { readonly session_key?: string; readonly provisioner_config?: readonly string[] };
  readonly chains?: Readonly<Record<string, unknown>>;
  readonly excludes?: readonly string[];
}
