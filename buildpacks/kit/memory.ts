/**
 * Defines `jangada_memory` for a profile script: the dyno's memory in MB. The platform tells it (MEMORY_AVAILABLE); the kernel's
 * limit is higher, it is where R15 kills. 512 where there is neither (builds 1.5).
 */
export const MEMORY_FUNCTION = `jangada_memory() {
  local file bytes
  if [ -n "\${MEMORY_AVAILABLE:-}" ]; then echo "$MEMORY_AVAILABLE"; return; fi
  for file in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; do
    if [ -r "$file" ]; then
      bytes=$(cat "$file")
      case $bytes in
        '' | *[!0-9]*) ;;
        *) if [ "\${#bytes}" -lt 14 ]; then echo $((bytes / 1048576)); return; fi ;;
      esac
    fi
  done
  echo 512
}
`;
