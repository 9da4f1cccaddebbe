import { grouped } from "./grouped.ts";

/** How many of something there are. @param several - What more than one are called, where it is not with an s. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : several}`;
}
