// A thread's entry for the tests: runs the TypeScript sources, compiled once each and kept by content, because loading
// the compiler in every thread would take most of the tests' time.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { workerData } = require('node:worker_threads');

const cache = path.join(os.tmpdir(), 'polyscore-test-threads');
fs.mkdirSync(cache, { recursive: true });

function compiled(source) {
  const file = path.join(cache, `${createHash('sha256').update(source).digest('hex')}.js`);
  if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
  const ts = require('typescript');
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
  };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const draft = `${file}.${process.pid}-${Math.random()}`;
  fs.writeFileSync(draft, outputText);
  fs.renameSync(draft, file);
  return outputText;
}

require.extensions['.ts'] = (module, file) => {
  module._compile(compiled(fs.readFileSync(file, 'utf8')), file);
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
