#!/bin/sh
# Run as root in namespaces of its own (mounts, processes, names, IPC, control groups, network): lays a desktop's layer
# over the base, and becomes its systemd. All that is written goes into memory, and ends with the namespaces.
#
# boot.sh WORK BASE LAYER SCRIPTS HALO RESULTS     (WORK: an empty folder to mount on)
set -eu
work=$1 base=$2 layer=$3 scripts=$4 halo=$5 results=$6

mount --make-rprivate /
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay -o "lowerdir=$layer:$base,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
root=$work/root

mkdir -p "$root/lab/scripts" "$root/lab/halo" "$root/lab/results"
mount --bind "$scripts" "$root/lab/scripts"
mount -o remount,bind,ro "$root/lab/scripts"
mount --bind "$halo" "$root/lab/halo"
mount -o remount,bind,ro "$root/lab/halo"
mount --bind "$results" "$root/lab/results"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
# A sleep that logind believes in, and that the machine does not take part in.
mount -t tmpfs -o mode=755 tmpfs "$root/sys/power"
echo 'freeze mem' >"$root/sys/power/state"
echo '[s2idle]' >"$root/sys/power/mem_sleep"
: >"$root/sys/power/disk"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

# The machine's own consoles, which logind switches between; no other hardware.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty fuse tty0 tty1 tty2 tty3 tty4 tty5 tty6 tty7 tty8 tty9 tty10 tty11 tty12; do
    if [ -e "/dev/$device" ]; then cp -a "/dev/$device" "$root/dev/$device"; fi
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
# The network is this namespace's loopback alone.
ip link set lo up

cd "$root"
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
mount --make-rshared /
exec env -i container=halo-lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=en_US.UTF-8 \
    /lib/systemd/systemd --log-target=journal --show-status=0 --system
