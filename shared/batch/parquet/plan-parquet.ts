import type { MiniBatchLimits, SizedSlice } from '../job-plan';
import type { ParquetFooter } from './footer';

/**
 * A slice for each row group of a blob; a row group with more rows than a mini-batch may have is cut into equal pieces,
 * each of which reads the group's bytes and takes its own rows.
 */
export function planRowGroups(
  footer: ParquetFooter,
  input: number,
  { maxRows }: MiniBatchLimits,
): SizedSlice[] {
  let firstRow = 1;
  return footer.rowGroups.flatMap((group, index) => {
    const groupStart = firstRow;
    firstRow += group.rows;
    const pieces = Math.ceil(group.rows / maxRows);
    return Array.from({ length: pieces }, (_, piece): SizedSlice => {
      const skip = Math.floor((group.rows * piece) / pieces);
      const rows = Math.floor((group.rows * (piece + 1)) / pieces) - skip;
      return {
        slice: {
          kind: 'row-groups',
          input,
          firstRow: groupStart + skip,
          rows,
          from: index,
          to: index + 1,
          skip,
        },
        sizeBytes: group.end - group.start,
      };
    });
  });
}
