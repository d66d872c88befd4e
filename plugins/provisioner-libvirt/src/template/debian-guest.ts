/**
 * What a Debian guest is made of (specification provisioners.md 5.6): a minimal Debian 12 that cloud-init sets up from a
 * NoCloud seed, with the guest agent, and a boot loader of its own, so that its owner can exchange the kernel.
 */
export const SUITE = 'bookworm';
export const SECURITY = 'http://deb.debian.org/debian-security';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export const PACKAGES = [
  ...['linux-image-cloud-amd64', 'grub-pc-bin', 'systemd-sysv', 'systemd-resolved', 'udev', 'dbus'],
  ...['cloud-init', 'cloud-guest-utils', 'netplan.io', 'qemu-guest-agent'],
  ...['openssh-server', 'sudo', 'curl', 'ca-certificates', 'iproute2', 'procps'],
];

/** Packages that are added to those of Debian: whoever may write here decides what runs in every VM. */
export const EXTRA_PACKAGES = '/var/lib/blockhost/template-packages';

export const LABEL = 'blockhost-root';

/** Lines of the guest's `sources.list`. */
export function aptSources(mirror: string): string[] {
  const line = (uri: string, suite: string) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main`;
  return [line(mirror, SUITE), line(mirror, `${SUITE}-updates`), line(SECURITY, `${SUITE}-security`)];
}

/** Only what this provisioner's seeds ask for: every module that is not here is a second of an emulated boot. */
const CLOUD_CFG = `datasource_list: [NoCloud, None]
users: []
disable_root: true
preserve_hostname: false
manage_etc_hosts: localhost
apt: {preserve_sources_list: true}
cloud_init_modules: [bootcmd, write-files, growpart, resizefs, set_hostname, update_hostname, update_etc_hosts, users-groups, ssh]
cloud_config_modules: [set-passwords, timezone, runcmd]
cloud_final_modules: [package-update-upgrade-install, write-files-deferred, scripts-user, final-message]
system_info:
  distro: debian
  paths: {cloud_dir: /var/lib/cloud/, templates_dir: /etc/cloud/templates/}
  ssh_svcname: ssh
`;

/** The links in the root folder are Debian's, to the newest kernel: nothing has to be written when it changes. */
const GRUB_CFG = `set timeout=0
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
linux /vmlinuz root=LABEL=${LABEL} ro console=tty0 console=ttyS0,115200 quiet
initrd /initrd.img
boot
`;

const GRUB_MODULES = 'biosdisk part_msdos ext2 linux normal configfile serial terminal echo test';

/** Run inside the new root file system, as its root: settings, then everything away that must differ from VM to VM. */
export const CUSTOMIZE = `
put() { cat > "$1"; chmod 644 "$1"; }
put /etc/cloud/cloud.cfg <<'END'
${CLOUD_CFG}END
put /etc/fstab <<'END'
LABEL=${LABEL} / ext4 errors=remount-ro 0 1
END
mkdir -p /boot/grub
put /boot/grub/grub.cfg <<'END'
${GRUB_CFG}END
grub-mkimage -O i386-pc -p '(,msdos1)/boot/grub' -o /boot/grub/core.img ${GRUB_MODULES}
# The first value counts, and ours come first; a second one would only mislead whoever reads it.
sed -i '/^KbdInteractiveAuthentication /d' /etc/ssh/sshd_config

rm -f /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/apt/apt.conf.d/99mmdebstrap
rm -f /etc/ssh/ssh_host_* /etc/libpam-web3/tls/* /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -f /vmlinuz.old /initrd.img.old
# Of a file system below LVM only.
rm -f /etc/systemd/system/*.wants/e2scrub_*
rm -rf /var/lib/cloud /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old
find /var/log /tmp /var/tmp /run -mindepth 1 ! -type d -delete
: > /etc/machine-id
echo localhost > /etc/hostname
ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
chmod 644 /etc/hostname
`;

/** What must hold of the root file system before it is a base image; says the first thing that does not. */
export const CHECK = `
must() { say=$1; shift; "$@" > /dev/null 2>&1 || { echo "$say" >&2; exit 1; }; }
no() { ! "$@"; }
must 'there is no kernel' test -s /vmlinuz
must 'there is no initial ram disk' test -s /initrd.img
must 'there is no boot loader' test -s /boot/grub/core.img
must 'cloud-init is missing' test -x /usr/bin/cloud-init
must 'the guest agent is missing' test -x /usr/sbin/qemu-ga
must 'the guest agent is not started' test -e /lib/systemd/system/qemu-guest-agent.service
must 'sshd is not started' systemctl --root=/ is-enabled ssh.service
must 'sshd does not read its drop-in folder' grep -q '^Include /etc/ssh/sshd_config.d/[*].conf$' /etc/ssh/sshd_config
must 'sshd asks no questions' no grep -qi '^KbdInteractiveAuthentication no' /etc/ssh/sshd_config
must 'it has an account with a password' no grep -q '^[^:]*:[^*!]' /etc/shadow
must 'it has a machine id' no test -s /etc/machine-id
must 'it has host keys of SSH' test -z "$(ls /etc/ssh | grep '^ssh_host_' || :)"
must 'it has keys of TLS' test -z "$(ls /etc/libpam-web3/tls 2> /dev/null || :)"
`;

/** As {@link CHECK}, of the packages of the login by wallet (specification guest-auth.md 12). */
export const CHECK_LOGIN = `
must 'the program of the login by wallet is missing' test -x /usr/libexec/blockhost-guest-auth
must 'the service of the login by wallet is not started' systemctl --root=/ is-enabled web3-auth-svc.service
`;
