const { spawn } = require('node:child_process');
/** As local/azurite-process.ts spawns it, for a parent process that a test may kill. */
exports.spawnAzurite = (args) =>
  spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
