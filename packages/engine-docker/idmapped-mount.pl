# Mounts SOURCE once more at TARGET, where the files of user and group INSIDE belong to OUTSIDE (decision 0079).
# Perl, because every Debian has it and it can make system calls that neither Node nor the mount program of Debian 12 can.
# UNSHARE is the number of that call on this processor; those of the newer calls below are the same on all.
use strict;
use warnings;

my ($source, $target, $inside, $outside, $unshare) = @ARGV;
my ($open_tree, $move_mount, $mount_setattr) = (428, 429, 442);
my ($AT_FDCWD, $AT_EMPTY_PATH, $OPEN_TREE_CLONE) = (-100, 0x1000, 1);
my ($MOVE_MOUNT_F_EMPTY_PATH, $MOUNT_ATTR_IDMAP, $CLONE_NEWUSER) = (0x4, 0x100000, 0x10000000);

# The kernel takes a mapping from a user namespace only. A child makes one and keeps it until we have it open.
pipe(my $ready, my $is_ready) or die "pipe: $!\n";
pipe(my $done, my $is_done) or die "pipe: $!\n";
my $child = fork() // die "fork: $!\n";
if ($child == 0) {
  close $is_done;
  exit 1 if syscall($unshare + 0, $CLONE_NEWUSER) != 0;
  syswrite $is_ready, '.';
  sysread $done, my $nothing, 1;
  exit 0;
}
close $is_ready;
sysread $ready, my $sign, 1;
die "unshare: no user namespace could be made\n" unless $sign;
for my $kind ('uid', 'gid') {
  open(my $map, '>', "/proc/$child/${kind}_map") or die "${kind}_map: $!\n";
  syswrite($map, "$inside $outside 1\n") or die "${kind}_map: $!\n";
}
open(my $namespace, '<', "/proc/$child/ns/user") or die "ns/user: $!\n";
close $is_done;
waitpid $child, 0;

my $tree = syscall($open_tree, $AT_FDCWD, $source, $OPEN_TREE_CLONE);
die "open_tree: $!\n" if $tree < 0;
# struct mount_attr: what to set, what to clear, propagation, namespace.
my $attributes = pack('Q4', $MOUNT_ATTR_IDMAP, 0, 0, fileno $namespace);
my $nothing = "\0";
syscall($mount_setattr, $tree, $nothing, $AT_EMPTY_PATH, $attributes, length $attributes) == 0
  or die "mount_setattr: $!\n";
syscall($move_mount, $tree, $nothing, $AT_FDCWD, $target, $MOVE_MOUNT_F_EMPTY_PATH) == 0
  or die "move_mount: $!\n";
