// A thread's entry for the tests: compiles the TypeScript sources as it requires them.
const fs = require('node:fs');
const ts = require('typescript');
const { workerData } = require('node:worker_threads');

require.extensions['.ts'] = (module, file) => {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  module._compile(
    ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions: options }).outputText,
    file,
  );
};

const { serveWorkerTasks } = require('../../shared/runtime/serve-worker-tasks.ts');
const { sessionTasks } = require('../../shared/runtime/session-tasks.ts');
const { createOnnxEngine } = require('../../shared/runtime/onnx-engine.ts');
const { ServingError } = require('../../shared/errors.ts');
const { threadId } = require('node:worker_threads');

const gates = new Map();
const gate = (name) => {
  if (!gates.has(name)) {
    let open;
    const opened = new Promise((resolve) => (open = resolve));
    gates.set(name, { opened, open });
  }
  return gates.get(name);
};

serveWorkerTasks({
  ...sessionTasks(createOnnxEngine()),
  echo: async (input) => input,
  'given-data': async () => workerData,
  'which-thread': async () => threadId,
  bytes: async ({ size }) => {
    const data = new Uint8Array(size).fill(7);
    return { value: data, transfer: [data.buffer] };
  },
  'first-byte': async ({ data }) => data[0],
  refuse: async () => {
    throw new ServingError('invalid-input', 'no such row', {
      violations: [{ pointer: '/rows/1', expected: 'a row', received: 'nothing' }],
      retryAfterSeconds: 3,
    });
  },
  break: async () => {
    throw new TypeError('a bug');
  },
  'throw-text': async () => {
    throw 'just text';
  },
  uncloneable: async () => () => 1,
  exit: async () => process.exit(3),
  wait: async ({ name }) => gate(name).opened,
  open: async ({ name }) => gate(name).open('opened'),
});
