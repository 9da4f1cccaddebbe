/** Longest title of a chart and longest name of a line, characters. */
export const LONGEST_TITLE = 80;
export const LONGEST_NAME = 40;

/** A text, cut where it is too long. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
