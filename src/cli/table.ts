/** Rows as aligned text, the way operators' tools print them. */

/** Columns two spaces apart, `header` in capitals, no trailing spaces; ends with a newline. Empty cells show as `-`. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header.map((title) => title.toUpperCase()), ...rows.map((row) => row.map(shown))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Text from elsewhere (names, reasons) can't move the cursor or break a row. */
function shown(cell: string): string {
  return cell === '' ? '-' : singleLine(cell);
}

export function singleLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
