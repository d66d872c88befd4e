/** Version of the kernel's contract: what `requires.kernel` of a manifest is compared with. */
export const KERNEL_VERSION = '0.1.0';
