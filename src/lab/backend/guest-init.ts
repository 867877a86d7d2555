// The two scripts that bring the guest up: the first in the initramfs (until the shared root is mounted), the second
// as process 1 on the shared root. Both run in busybox's shell, so that no guest distribution is needed.
import { factsOf, linkTypeNames } from '../../domain/tunnel.ts';

/** Modules that the initramfs carries where they are not built in, in the order in which they load. */
export const bootModules = [
  'fs/fuse/fuse',
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci',
  'fs/fuse/virtiofs',
] as const;

/** What every lab stands on: loaded before the first command. A kernel that lacks one goes on without. */
const firstModules = ['ip_vs', 'ipip', 'ip_gre', 'nf_tables', 'sch_netem', 'veth'] as const;

/**
 * What a lab may need besides; the kernel would load most by itself, so they come while the first command runs. ip_vs_lblc must not come
 * later: the kernel loads a scheduler under IPVS's own lock, this one waits there for namespaces that are being taken down, and they
 * wait for that lock (ip_vs_add_service, register_pernet_subsys, ip_vs_service_net_cleanup): nothing goes on any more.
 */
const laterModules = [
  ...['ip_vs_lblc', 'ip_vs_lblcr'],
  ...['ip_vs_rr', 'ip_vs_wrr', 'ip_vs_lc', 'ip_vs_wlc', 'ip_vs_sed', 'ip_vs_sh', 'ip_vs_mh'],
  ...linkTypeNames.map((type): string => factsOf(type).module),
  ...['fou', 'fou6', 'bridge', 'inet_diag', 'tcp_diag'],
  ...['nft_ct', 'nft_limit', 'nft_reject', 'nft_reject_inet', 'nft_reject_ipv4', 'nft_reject_ipv6'],
  ...['nft_fib', 'nft_fib_inet', 'nft_nat', 'nft_masq', 'nft_hash', 'nft_numgen', 'nft_log'],
];

/** The tag under which virtiofs shares the host's root. */
export const shareTag = 'causeway';
/** What the initramfs writes to the console when the kernel has come so far: the probe waits for it. */
export const aliveMark = 'causeway: kernel alive';

/** `/init` of the initramfs, which loads `modules` by name. Kernel words: `causeway.probe` ends it at once; `causeway.dir=DIR` is the VM's folder. */
export function initramfsInit(modules: readonly string[]): string {
  return `#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc proc /proc
$bb mount -t devtmpfs dev /dev
echo '${aliveMark}' >/dev/console
read -r words </proc/cmdline
for word in $words; do
  case $word in
    causeway.probe) $bb poweroff -f ;;
    causeway.dir=*) dir=\${word#*=} ;;
  esac
done
for module in ${modules.join(' ')}; do $bb insmod /modules/$module.ko; done
$bb mount -t virtiofs ${shareTag} /host || exit 1
$bb umount /proc
exec $bb switch_root -c /dev/console /host /bin/busybox sh $dir/init.sh
`;
}

/**
 * Process 1 on the shared root: own proc, sys, dev, run; modules; then the loop that starts commands. A line on the
 * second serial port starts job N (`run N`) or signals it (`kill N SIGNAL`); everything
 * else (output, exit status) goes through the job's folder, which the host reads.
 */
export function guestInit(dir: string, modulesFolder: string): string {
  return `bb=/bin/busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev
$bb mkdir -p /dev/pts /dev/shm
$bb mount -t devpts devpts /dev/pts
$bb mount -t tmpfs -o mode=1777 shm /dev/shm
$bb mount -t tmpfs -o mode=755 run /run
$bb mkdir -p /lib/modules /run/netns /run/lock
$bb mount -o bind ${modulesFolder} /lib/modules
$bb hostname causeway-lab
# Without this each new namespace gets tunl0, gre0, sit0: it must stand before the modules load.
echo 2 >/proc/sys/net/core/fb_tunnels_only_for_init_net
# One neighbour table serves every namespace: the defaults (128, 512, 1024) are for a single host.
for family in ipv4 ipv6; do
  for pair in 1:4096 2:8192 3:16384; do
    echo \${pair#*:} >/proc/sys/net/$family/neigh/default/gc_thresh\${pair%:*}
  done
done
echo 1 >/proc/sys/vm/overcommit_memory
ulimit -n 65536
ulimit -u unlimited
$bb ifconfig lo 127.0.0.1 netmask 255.0.0.0 up
load() { for module; do /sbin/modprobe -q $module; done; }
load ${firstModules.join(' ')}
cd ${dir}
start() {
  job=${dir}/jobs/$1
  # Asked again, because the first time nothing was heard of it?
  $bb mkdir $job/started 2>/dev/null || return
  (
    $bb setsid $bb sh -c 'echo $$ >"$0/pid"; exec "$0/run"' $job </dev/null >$job/stdout 2>$job/stderr
    echo $? >$job/status.part
    $bb mv $job/status.part $job/status
  ) &
}
# Whole lines from both: a line written at once to a pipe is not cut in two, a read with a limit would lose the half
# that it has. The port stays open from before anybody is told to write there: whoever opens it empties it.
exec 4</dev/ttyS1
$bb stty -F /dev/ttyS1 icanon -echo
$bb mkfifo /run/control
exec 3<>/run/control
while read -r line; do echo "$line"; done <&4 >/run/control &
while :; do $bb sleep 5; echo tick; done >/run/control &
: >${dir}/ready
load ${laterModules.join(' ')} </dev/null >/dev/null 2>&1 &
while :; do
  read -r verb number signal <&3
  case $verb in
    run) start $number ;;
    kill) kill -$signal -$($bb cat ${dir}/jobs/$number/pid) 2>/dev/null ;;
    # Any command in the foreground collects what orphans left behind: process 1 is their parent.
    tick) $bb true ;;
  esac
done
`;
}
