import { run } from './run.js';

// Whoever reads has seen enough: `banyan dead-letters list | head`. A command that changes something has its transaction rolled back or done.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  width: process.stdout.columns,
  folder: process.cwd(),
});
