import { computed, signal } from "@preact/signals";

/** Where the page is: the parts of the path behind the #, and what is asked for behind the ?. */
export interface Place {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);

/** The place that is shown. In the part behind #, so the server needs to know one page only. */
export const place = computed<Place>(() => placeOf(hash.value));

/** A place as its address. */
export function placeOf(address: string): Place {
  const [path = "", query = ""] = address.replace(/^#/, "").split("?");
  const parts = path.split("/").filter((part) => part !== "");
  return { parts: parts.map(decoded), query: new URLSearchParams(query) };
}

/** The address of a place. */
export function to(...parts: readonly (string | number)[]): string {
  return `#/${parts.map((part) => encodeURIComponent(String(part))).join("/")}`;
}

/** Follows the address from now on; a new place begins at its top, where readers are told of it. */
export function followAddress(): void {
  addEventListener("hashchange", () => {
    const before = placeOf(hash.peek()).parts.join("/");
    hash.value = location.hash;
    if (placeOf(location.hash).parts.join("/") === before) return;
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  });
}

/** Changes what is asked for without leaving the place. */
export function ask(name: string, value: string | undefined): void {
  const { parts, query } = place.peek();
  const next = new URLSearchParams(query);
  if (value === undefined || value === "") next.delete(name);
  else next.set(name, value);
  const text = next.toString();
  history.replaceState(null, "", `${to(...parts)}${text === "" ? "" : `?${text}`}`);
  hash.value = location.hash;
}

/** An address that somebody wrote may not be one. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
