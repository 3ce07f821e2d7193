// The architecture, executable. docs/architecture.md shows the same table as a picture.
const within = {
  errors: [],
  config: ['errors'],
  tensor: ['errors'],
  storage: ['errors'],
  protocol: ['endpoints', 'registry', 'tensor', 'errors'],
  features: ['tensor', 'errors'],
  registry: ['features', 'tensor', 'storage', 'errors'],
  runtime: ['registry', 'tensor', 'storage', 'errors'],
  endpoints: ['registry', 'storage', 'errors'],
  scoring: ['endpoints', 'runtime', 'features', 'registry', 'tensor', 'errors'],
  batch: ['scoring', 'endpoints', 'runtime', 'features', 'registry', 'storage', 'tensor', 'errors'],
};
const at = (name) => `^shared/${name}(/|\\.ts$)`;
const roots = ['services', 'worker'];
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }),
    rule(
      'shared-knows-no-host',
      { path: '^shared/' },
      {
        path: [
          '^functions/',
          '^local/',
          '^examples/',
          '^bench/',
          '^test/',
          '@azure/functions/',
          'durable-functions/',
        ],
      },
    ),
    rule(
      'functions-go-through-shared',
      { path: '^functions/' },
      { path: ['^local/', '@azure/(storage|identity)', 'onnxruntime-node'] },
    ),
    rule('local-runs-functions-by-loading', { path: '^local/' }, { path: '^functions/' }),
    rule(
      'only-roots-wire',
      { path: '^shared/', pathNot: roots.map(at) },
      { path: [at('config'), ...roots.map(at)] },
    ),
    ...Object.entries(within).map(([name, allowed]) =>
      rule(
        `${name}-may-import`,
        { path: at(name) },
        { path: '^shared/', pathNot: [name, ...allowed].map(at) },
      ),
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
