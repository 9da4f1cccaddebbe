/**
 * JSON of which equal values have equal texts: without spaces, an object's fields by their names' UTF-16 units (as RFC
 * 8785, for values that JSON itself wrote or could).
 *
 * @example
 * canonicalJson({ b: 1, a: [0.5] }); // '{"a":[0.5],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
