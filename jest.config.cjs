/** Tests run the TypeScript sources; worker threads and child processes run the build in dist/. */
module.exports = {
  testEnvironment: '<rootDir>/test/support/jest-environment.cjs',
  roots: ['<rootDir>/test'],
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false, tsconfig: '<rootDir>/tsconfig.json' }] },
  moduleNameMapper: { '^@azure/functions-core$': '<rootDir>/local/functions-core' },
  testTimeout: 60_000,
  maxWorkers: 2,
  collectCoverageFrom: ['shared/**/*.ts', 'local/**/*.ts'],
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { './shared/': { lines: 85 }, './local/': { lines: 85 } },
};
