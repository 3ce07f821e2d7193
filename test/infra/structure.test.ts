import fs from 'node:fs';
import path from 'node:path';
import {
  bicepFiles,
  describeWithChecker,
  INFRA,
  knownRoles,
  parseInfra,
  readInfra,
  withoutChecker,
} from './bicep-check';
import { type BicepFile } from './bicep-syntax';

const files = bicepFiles();
const modules = files.filter((name) => name.startsWith('modules/'));
const having = (pattern: RegExp): readonly string[] => files.filter((name) => pattern.test(readInfra(name)));

describe('the Bicep tree', () => {
  test.each(modules)('%s has under 120 lines', (name) => {
    expect(readInfra(name).split('\n').length - 1).toBeLessThan(120);
  });

  test('main.bicep has under 240 lines', () => {
    expect(readInfra('main.bicep').split('\n').length).toBeLessThan(240);
  });

  test('modules nest at most five deep: each level is a deployment, and takes its time', () => {
    const depth = (name: string): number => {
      const called = [...readInfra(name).matchAll(/^module \w+ '(.*?)'/gm)];
      const inner = called.map(([, file]) => depth(path.posix.join(path.posix.dirname(name), file ?? '')));
      return Math.max(0, ...inner.map((levels) => levels + 1));
    };
    expect(depth('main.bicep')).toBeLessThanOrEqual(5);
  });

  test('every module says in one sentence what it is', () => {
    expect(modules.filter((name) => !/^metadata description = '.{20,}'$/m.test(readInfra(name)))).toEqual([]);
  });

  test.each(files)('%s: every parameter, output, type and function has a description', (name) => {
    const lines = readInfra(name).split('\n');
    const bare = lines.filter((line, index) => {
      if (!/^(param|output|type|func) /.test(line)) return false;
      const above = lines.slice(0, index).reverse();
      const decorators = above.slice(
        0,
        above.findIndex((text) => !/^(@|#disable)/.test(text)),
      );
      return !decorators.some((text) => text.startsWith('@description('));
    });
    expect(bare).toEqual([]);
  });

  test('every role assignment is in one file', () => {
    expect(having(/roleAssignments@/)).toEqual(['modules/access.bicep']);
  });

  test('account keys are read in one file, and nothing else allows them', () => {
    expect(having(/listKeys|AccountKey=|listAccountSas/)).toEqual(['modules/content-share.bicep']);
    expect(having(/allowSharedKeyAccess: true/)).toEqual(['modules/content-share.bicep']);
  });

  test('no module comes from a registry', () => {
    expect(having(/'(br|ts)[:/]/)).toEqual([]);
  });

  test('every suppressed finding is one of two, each with its reason beside it', () => {
    const findings = files.flatMap((name) => {
      const lines = readInfra(name).split('\n');
      return lines.flatMap((line, index) => {
        const code = /#disable-next-line (\S+)/.exec(line)?.[1];
        if (code === undefined) return [];
        const isExplained =
          line.includes('//') || lines.slice(0, index).some((text) => text.trim().startsWith('//'));
        return [`${code} ${isExplained ? 'explained' : `without a reason in ${name}`}`];
      });
    });
    expect(new Set(findings)).toEqual(new Set(['BCP081 explained', 'policy explained']));
  });

  test('no file of infra/ is unused', () => {
    const all = files.map(readInfra).join('\n');
    const used = (name: string): boolean => all.includes(`${path.basename(name)}'`);
    expect(files.filter((name) => name !== 'main.bicep' && !used(name))).toEqual([]);
  });
});

describe('the workbook', () => {
  const workbook = fs.readFileSync(path.join(INFRA, 'workbook/polyscore.workbook.json'), 'utf8');
  const metrics = (text: string): readonly string[] => [
    ...new Set([...text.matchAll(/Name == \\?"(polyscore[\w.]+)\\?"/g)].map(([, name]) => name ?? '')),
  ];

  test('is JSON with a title, a time range and charts', () => {
    expect(JSON.parse(workbook)).toMatchObject({
      version: 'Notebook/1.0',
      items: expect.any(Array) as unknown,
    });
  });

  test('charts and alerts read the same metrics, all of them documented', () => {
    const names = metrics(readInfra('alert-rules.bicep'));
    expect([...metrics(workbook)].sort()).toEqual([...names].sort());
    const guide = fs.readFileSync(path.join(INFRA, '../docs/deploy.md'), 'utf8');
    expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });
});

describeWithChecker('the Bicep tree, parsed', () => {
  const trees: ReadonlyMap<string, BicepFile> = withoutChecker === undefined ? parseInfra() : new Map();

  test('no file gives two things one name, which Bicep refuses across types, values and imports', () => {
    const clashes = [...trees].flatMap(([file, body]) => {
      const names = body.flatMap((s) => {
        if (s.t === 'import') return s.items.map(({ as }) => as);
        return s.t === 'output' || s.t === 'metadata' || s.t === 'targetScope' ? [] : [s.name];
      });
      return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${file}: ${name}`);
    });
    expect(clashes).toEqual([]);
  });

  test('role ids are those of the roles they are named after', () => {
    const roles = [...readInfra('roles.bicep').matchAll(/^ {2}(\w+): '([0-9a-f-]+)'$/gm)];
    const wrong = roles.filter(([, name, id]) => {
      const official = knownRoles()[id ?? '']?.replaceAll(' ', '') ?? '';
      return official.toLowerCase() !== name?.toLowerCase();
    });
    expect(roles.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });
});
