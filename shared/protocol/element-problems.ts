import type { Violation } from '../errors';
import type { Datatype } from '../tensor/tensor';

/** Problems that are listed of one tensor; what lies beyond is counted in the last of them. */
const MAX_PROBLEMS = 10;

/** What is wrong with single elements, by their place in row-major order. */
export class ElementProblems {
  private readonly found: Violation[] = [];
  private count = 0;
  private readonly datatype: Datatype;
  private readonly pointer: string;
  private readonly shape: readonly number[] | undefined;

  constructor(datatype: Datatype, pointer: string, shape: readonly number[] | undefined) {
    this.datatype = datatype;
    this.pointer = pointer;
    this.shape = shape;
  }

  add(index: number, expected: string, received: string): void {
    this.count += 1;
    if (this.count > MAX_PROBLEMS) return;
    const place = this.shape === undefined ? ` at element ${index}` : '';
    this.found.push({
      pointer: this.pointer + this.path(index),
      expected: `${expected} (${this.datatype})${place}`,
      received,
    });
  }

  /** True where there were any. */
  addTo(problems: Violation[]): boolean {
    const last = this.found.at(-1);
    if (last === undefined) return false;
    const more = this.count - this.found.length;
    problems.push(...this.found.slice(0, -1));
    problems.push(
      more > 0 ? { ...last, received: `${last.received}, and ${more} more elements like this` } : last,
    );
    return true;
  }

  private path(index: number): string {
    let rest = index;
    let path = '';
    for (const size of [...(this.shape ?? [])].reverse()) {
      path = `/${rest % size}${path}`;
      rest = Math.floor(rest / size);
    }
    return path;
  }
}
