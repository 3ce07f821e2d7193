import { parseRecord } from '../../../shared/batch/csv/csv-field';
import { CsvPlanner, type CsvScan } from '../../../shared/batch/csv/plan-csv';

const noLimits = { maxRows: 1_000_000, maxBytes: 1_000_000_000 };

function scan(text: string | Buffer, limits = noLimits, chunkBytes = Infinity): CsvScan {
  const bytes = Buffer.from(text);
  const planner = new CsvPlanner(0, limits);
  for (let at = 0; at < bytes.length; at += chunkBytes) planner.push(bytes.subarray(at, at + chunkBytes));
  return planner.finish();
}

function slices(text: string, limits = noLimits, chunkBytes = Infinity): [string, number, number][] {
  const bytes = Buffer.from(text);
  return scan(text, limits, chunkBytes).slices.map(({ slice }) => {
    if (slice.kind !== 'bytes') throw new Error('CSV is cut by bytes');
    return [bytes.subarray(slice.start, slice.end).toString(), slice.firstRow, slice.rows];
  });
}

describe('CsvPlanner', () => {
  test("cuts between records, and knows the number of each slice's first row", () => {
    expect(slices('a,b\n1,2\n3,4\n5,6\n', { maxRows: 2, maxBytes: 1_000 })).toEqual([
      ['1,2\n3,4\n', 1, 2],
      ['5,6\n', 3, 1],
    ]);
  });

  test('closes a slice before it grows over the byte limit; one record may be larger', () => {
    expect(slices('a\n1\n22\n333333333\n4\n', { maxRows: 100, maxBytes: 5 })).toEqual([
      ['1\n22\n', 1, 2],
      ['333333333\n', 3, 1],
      ['4\n', 4, 1],
    ]);
  });

  test('a line break inside quotes ends no record', () => {
    expect(slices('a,b\n"x\ny","say ""hi""\n"\n3,4', { maxRows: 1, maxBytes: 1_000 })).toEqual([
      ['"x\ny","say ""hi""\n"\n', 1, 1],
      ['3,4', 2, 1],
    ]);
  });

  test('blank lines are no rows, the byte order mark is no part of a name, CRLF ends a line', () => {
    const { columns, rows } = scan('\ufeffa,"b ""x"""\r\n\r\n1,2\r\n\n3,4\r\n\r\n');
    expect(columns).toEqual(['a', 'b "x"']);
    expect(rows).toBe(2);
  });

  test('a quote inside an unquoted field is an ordinary character', () => {
    expect(scan('a,b\n5" pipe,2\n3,4\n').rows).toBe(2);
  });

  test.each([
    [
      'a quote that is never closed',
      'a,b\n1,2\n"3,4\n5,6\n',
      'broken quote in line 5: the quote opened on line 3 is never closed',
    ],
    [
      'text behind a closing quote',
      'a,b\n1,2\n"3"x,4\n',
      'broken quote in line 3: text follows the closing quote of the field opened on line 3',
    ],
    ['a column named twice', 'a,b,a\n1,2,3\n', 'its header names the column "a" twice'],
    ['nothing but blank lines', '\n\r\n\n', 'it has no header line'],
  ])('%s is told with its place', (_, text, message) => {
    expect(() => scan(text)).toThrow(message);
    expect(() => scan(text, noLimits, 1)).toThrow(message);
  });

  test('a header without end does not fill the memory', () => {
    const planner = new CsvPlanner(0, noLimits);
    const chunk = Buffer.alloc(600_000, 'x');
    expect(() => {
      for (let i = 0; i < 10; i++) planner.push(chunk);
    }).toThrow('the header line is longer than 1048576 bytes');
  });

  test('however a file is cut into chunks, the slices are those of a parser that reads it whole', () => {
    let seed = 12_345;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const field = (): string => {
      const kinds = ['', 'x', '12.5', 'déjà', '"a,b"', '"a\nb"', '"a\r\n""b"""', '"""', '5"'];
      const kind = kinds[next(kinds.length - 2)] ?? '';
      return kind === '"""' ? 'x' : kind;
    };
    for (let round = 0; round < 60; round++) {
      const end = next(2) === 0 ? '\n' : '\r\n';
      const records = Array.from({ length: next(30) + 1 }, () => `${field()},${field()},z`);
      const text = `a,b,c${end}${records.join(end)}${next(2) === 0 ? end : ''}`;
      const limits = { maxRows: next(5) + 1, maxBytes: next(60) + 10 };
      const found = slices(text, limits, next(7) + 1);
      expect(found.map(([bytes]) => bytes).join('')).toBe(text.slice(text.indexOf('\n') + 1));
      expect(found.reduce((sum, [, , rows]) => sum + rows, 0)).toBe(records.length);
      let row = 0;
      for (const [bytes, firstRow, rows] of found) {
        expect(firstRow).toBe(row + 1);
        const own = records.slice(row, row + rows);
        expect(bytes.replace(/\r?\n$/, '')).toBe(own.join(end));
        row += rows;
      }
    }
  });
});

describe('parseRecord', () => {
  test.each([
    ['', ['']],
    ['a', ['a']],
    ['a,,b,', ['a', '', 'b', '']],
    ['"a,b","c ""d""",é', ['a,b', 'c "d"', 'é']],
    ['"",x', ['', 'x']],
  ])('%s', (record, fields) => {
    expect(parseRecord(Buffer.from(record))).toEqual(fields);
  });
});
