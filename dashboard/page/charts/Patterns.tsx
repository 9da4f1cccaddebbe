/** Patterns that charts fill with, once for the whole page: what is not covered is hatched, not only coloured. */
export function Patterns() {
  return (
    <svg class="patterns" width={0} height={0} aria-hidden="true">
      <defs>
        <pattern
          id="uncovered"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="5" height="5" class="ground" />
          <rect width="1.4" height="5" class="stripe" />
        </pattern>
      </defs>
    </svg>
  );
}
