import type { ReadColumn } from './input-rows';

const SHOWN_CHARACTERS = 40;

/** The number that a text stands for; NaN where it is blank or none. */
export function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/** The reason for which a row is rejected whose text is no number or timestamp. */
export function notAValue(column: string, text: string, type: ReadColumn['type']): string {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return `column "${column}" holds "${shown}", expected a ${type === 'timestamp' ? 'timestamp (ISO 8601)' : 'number'}`;
}
