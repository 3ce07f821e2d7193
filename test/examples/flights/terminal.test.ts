import { Terminal } from '../../../examples/flights/terminal';

function terminalOn(isTTY: boolean, environment: Record<string, string> = {}) {
  let text = '';
  let nowMs = 0;
  const stream = { isTTY, columns: 80, write: (part: string) => (text += part) };
  const terminal = new Terminal(stream, 2, environment, () => nowMs);
  return { terminal, written: () => text, pass: (ms: number) => (nowMs += ms) };
}

describe('Terminal', () => {
  test('writes plain lines without any escape code where nobody watches', () => {
    const { terminal, written, pass } = terminalOn(false);
    const step = terminal.start('Train');
    step.progress(1, 2);
    pass(1_500);
    expect(step.done('3 models')).toBe(1.5);
    terminal.detail('more');
    expect(written()).toBe('[1/2] Train: 3 models (1.5 s)\n      more\n');
  });

  test('draws a bar in place on a terminal and ends it with the outcome', () => {
    const { terminal, written, pass } = terminalOn(true);
    const step = terminal.start('Train');
    pass(100);
    step.progress(1, 2, 'half');
    expect(written()).toContain('████████████░░░░░░░░░░░░  50 % half');
    step.done('3 models');
    expect(written()).toContain('\r\u001B[K\u001B[1m[1/2] Train\u001B[0m: 3 models');
  });

  test('redraws a bar at most every 80 ms, but always at its end', () => {
    const { terminal, written, pass } = terminalOn(true);
    const step = terminal.start('Train');
    for (let done = 1; done <= 100; done++) {
      pass(1);
      step.progress(done, 100);
    }
    expect(written().match(/ %/g)).toHaveLength(3);
    expect(written()).toContain('100 %');
  });

  test('uses no colour where NO_COLOR is set', () => {
    const { terminal, written } = terminalOn(true, { NO_COLOR: '1' });
    terminal.start('Train').done('3 models');
    expect(written()).not.toContain('\u001B[1m');
  });

  test('numbers the steps', () => {
    const { terminal, written } = terminalOn(false);
    terminal.start('One').done('a');
    terminal.start('Two').done('b');
    expect(written()).toBe('[1/2] One: a (0.0 s)\n[2/2] Two: b (0.0 s)\n');
  });
});
