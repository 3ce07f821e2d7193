import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HubRecord } from '../../../local/durable/hub-record';
import { Journal, readJournal } from '../../../local/durable/journal';
import { closeHubs, openHub, temporaryFolder } from './hub-harness';

const purge = (id: string): HubRecord => ({ kind: 'purge', instanceIds: [id] });

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await closeHubs();
  rmSync(folder, { recursive: true, force: true });
});

describe('Journal', () => {
  test('writes records in the order of their appends and counts their bytes', async () => {
    const path = join(folder, 'journal.jsonl');
    const journal = new Journal(path);
    const ids = Array.from({ length: 200 }, (_, index) => `α${index}`);
    await Promise.all(ids.map((id) => journal.append(purge(id))));
    await journal.close();
    const { records, bytes } = readJournal(path);
    expect(records).toEqual(ids.map(purge));
    expect(bytes).toBe(readFileSync(path).length);
    expect(journal.bytes).toBe(bytes);
  });

  test('writes nothing before the journal that it follows is on disk', async () => {
    const first = new Journal(join(folder, 'first'));
    const second = new Journal(join(folder, 'second'), 0, first);
    const order: string[] = [];
    const later = second.append(purge('b')).then(() => order.push('second'));
    const earlier = first.append(purge('a')).then(() => order.push('first'));
    await Promise.all([later, earlier]);
    expect(order).toEqual(['first', 'second']);
    await Promise.all([first.close(), second.close()]);
  });

  test('takes nothing more once a write has failed', async () => {
    const path = join(folder, 'journal.jsonl');
    mkdirSync(path);
    const journal = new Journal(path);
    await expect(journal.append(purge('a'))).rejects.toThrow('EISDIR');
    rmSync(path, { recursive: true });
    await expect(journal.append(purge('b'))).rejects.toThrow('EISDIR');
    await journal.close();
  });

  test.each(['{"kind":"nothing"}\n', 'null\n', '[1]\n', '{"kind":"pur'])(
    'a line that is no record ends it: %j',
    (line) => {
      const path = join(folder, 'journal.jsonl');
      writeFileSync(path, `${JSON.stringify(purge('a'))}\n${line}`);
      expect(readJournal(path)).toMatchObject({ records: [purge('a')], dropped: { line: 2, text: line } });
    },
  );
});

describe('TaskHub', () => {
  test('stops and says so when its journal cannot be written', async () => {
    const messages: string[] = [];
    const hub = openHub({ folder, log: (_level, message) => messages.push(message) });
    mkdirSync(join(folder, 'journal-0.jsonl'));
    await expect(hub.signalEntity({ name: 'a', key: 'b' }, 'c')).rejects.toThrow('EISDIR');
    expect(messages.join()).toContain('The task hub stops: its journal failed');
    await expect(hub.signalEntity({ name: 'a', key: 'b' }, 'c')).rejects.toThrow('EISDIR');
  });
});
