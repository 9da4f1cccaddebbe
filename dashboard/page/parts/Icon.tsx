/** Signs of one stroke, drawn on 16 by 16. */
const PATHS = {
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  question: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.6 8 9 8 9.8M8 12.4v.2",
  dash: "M3.5 8h9",
  dot: "M8 8h.01",
  clock: "M8 4.5V8l2.3 1.5M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2",
  pause: "M5.5 4v8M10.5 4v8",
  alert: "M8 5.5v3.5M8 11.4v.1M8 2 1.6 13.3h12.8z",
  copy: "M6 6h7v7H6zM3 10V3h7",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2z",
  network: "M8 3.5v3M8 9.5 4.5 12M8 9.5l3.5 2.5M8 6.5v3M6.5 2h3v2h-3zM2 11.5h3v2H2zM11 11.5h3v2h-3z",
  tasks: "M6 4h8M6 8h8M6 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  messages: "M2 3.5h12v8H7l-3 2.5v-2.5H2z",
  compare: "M5 13V7M8 13V3M11 13V9M2.5 13h11",
  map: "M2 4l4-1.5 4 1.5 4-1.5v9.5L10 13.5 6 12l-4 1.5zM6 2.5V12M10 4v9.5",
  arrow: "M3 8h10M9.5 4.5 13 8l-3.5 3.5",
  play: "M5 3.5v9l7-4.5z",
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside words; it says nothing by itself. */
export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width={name === "dot" ? 6 : 1.6}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
