/** Defines `jangada_memory` for a profile script: the dyno's memory in MB, 512 where it has no limit (builds 1.5). */
export const MEMORY_FUNCTION = `jangada_memory() {
  local file bytes
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
