/**
 * The programs of the mini guest: a Debian kernel and busybox that come up in seconds under software emulation. It stands
 * in for a cloud image in tests and the demo, so it reads of its NoCloud seed just what this provisioner writes there.
 */

/** Of the initial ram disk: finds the system disk. */
export const INITRD_INIT = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
  /bin/busybox insmod /modules/$module.ko
done
while ! [ -b /dev/vda ]; do /bin/busybox usleep 50000; done
/bin/busybox mount -t ext4 /dev/vda /disk
/bin/busybox umount /dev
exec /bin/busybox switch_root /disk /sbin/init
`;

/** The first process of the mini guest; \`field\` reads a text of the seed's JSON, one member to a line. */
export const INIT = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
for module in virtio_console virtio_net virtio-rng virtio_balloon button evdev isofs; do modprobe $module; done

field() { sed -n "s/^ *\\"$1\\": \\"\\([^\\"]*\\)\\",*\\$/\\1/p" "$2" | head -n 1; }
[ -b /dev/vdb ] && mount -t iso9660 -o ro /dev/vdb /mnt
instance=$(field instance-id /mnt/meta-data)
if [ "$instance" ] && [ "$instance" != "$(cat /etc/instance-id)" ]; then
  user=$(field name /mnt/user-data)
  field hostname /mnt/user-data > /etc/hostname
  echo "root:x:0:0:root:/root:/bin/sh" > /etc/passwd.new
  echo "$user:x:1000:1000:$(field gecos /mnt/user-data):/home/$user:/bin/sh" >> /etc/passwd.new
  mv /etc/passwd.new /etc/passwd
  mkdir -p "/home/$user"
  chown 1000:1000 "/home/$user"
  cp /mnt/network-config /etc/network-config
  echo "$instance" > /etc/instance-id
  sync
fi
mountpoint -q /mnt && umount /mnt

# As cloud-init says that it is done.
mkdir -p /run/cloud-init /etc/cloud
echo '{"v1": {"errors": []}}' > /run/cloud-init/result.json

hostname -F /etc/hostname
ip link set lo up
ip link set eth0 up
for address in $(sed -n 's/^ *"\\([0-9a-f.:]*\\/[0-9]*\\)",*$/\\1/p' /etc/network-config); do
  ip address add "$address" dev eth0
done
for gateway in $(sed -n 's/^ *"via": "\\([0-9a-f.:]*\\)",*$/\\1/p' /etc/network-config); do
  case $gateway in *:*) ip -6 route add "$gateway" dev eth0 ;; esac
  ip route add default via "$gateway" dev eth0
done

# The power button.
for event in /dev/input/event*; do
  (dd if="$event" bs=24 count=1 > /dev/null 2>&1 && sync && poweroff -f) &
done
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = org.qemu.guest_agent.0 ] && agent=/dev/$(basename "$port")
done
while :; do
  qemu-ga -m virtio-serial -p "$agent" -t /run
  sleep 1
done
`;

/** As far as this provisioner calls it: \`usermod -c COMMENT USER\`. */
export const USERMOD = `#!/bin/sh
[ $# = 3 ] && [ "$1" = -c ] && grep -q "^$3:" /etc/passwd || exit 6
awk -F: -v OFS=: -v user="$3" -v comment="$2" '$1 == user { $5 = comment } { print }' /etc/passwd > /etc/passwd.new &&
mv /etc/passwd.new /etc/passwd && sync
`;

/** What the guest agent calls to shut down. */
export const SHUTDOWN = `#!/bin/sh
sync
[ "$1" = -r ] && exec reboot -f
exec poweroff -f
`;
