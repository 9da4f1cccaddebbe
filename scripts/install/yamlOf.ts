/** What a configuration is made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** Plain values as YAML: every text in double quotes, as JSON has it, so that none is taken for something else. */
export function yamlOf(value: { readonly [key: string]: YamlValue }): string {
  return `${block(value, "").join("\n")}\n`;
}

function block(value: YamlValue, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((part: YamlValue) => {
      if (isPlain(part)) return [`${indent}- ${JSON.stringify(part)}`];
      const [first = "", ...rest] = block(part, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, part]) => {
    const name = /^[a-z][\w-]*$/i.test(key) ? key : JSON.stringify(key);
    if (isPlain(part)) return [`${indent}${name}: ${JSON.stringify(part)}`];
    if (isEmpty(part)) return [`${indent}${name}: ${Array.isArray(part) ? "[]" : "{}"}`];
    return [`${indent}${name}:`, ...block(part, `${indent}  `)];
  });
}

function isPlain(value: YamlValue): value is string | number | boolean {
  return typeof value !== "object";
}

function isEmpty(value: YamlValue): boolean {
  return Object.keys(value).length === 0;
}
