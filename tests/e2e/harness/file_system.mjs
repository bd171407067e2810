// SPDX-License-Identifier: Apache-2.0
// Runs the agent with its state directory on a small file system of its own, that nobody else sees: read-only or full.
import { program, run } from './process.mjs';

// The folder's content goes into a tmpfs; what the agent leaves there is kept beside it as FOLDER.after.
const SCRIPT = `
folder=$1 make_it=$2
shift 2
set -e
mkdir -p "$folder"
cp -a "$folder" "$folder.before"
mount -t tmpfs -o size=64k,mode=700 tmpfs "$folder"
cp -a "$folder.before/." "$folder/"
case $make_it in
    full) dd if=/dev/zero of="$folder/filler" bs=1k status=none 2>/dev/null || true ;;
    read-only) mount -o remount,ro "$folder" ;;
esac
set +e
"$@"
code=$?
rm -rf "$folder.after" "$folder.before"
cp -a "$folder" "$folder.after"
rm -f "$folder.after/filler"
exit $code`;

/// `kind`: "read-only" or "full". Resolves to { code, stdout, stderr }.
export function agentOnDisk(device, kind, ...args) {
  // A user may mount only in a name space where he is root.
  const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
  return run('unshare', [...asRoot, '--mount', 'bash', '-c', SCRIPT, 'bash', device.stateDirectory, kind,
    program('device-agent'), ...args, '--config', device.configFile]);
}
