// SPDX-License-Identifier: Apache-2.0
// Where results go.
import { readFile, writeFile } from 'node:fs/promises';

/// Prints the text, and writes it into the Markdown file between `<!-- NAME -->` and `<!-- end of NAME -->`.
export async function publish(text, file, name) {
  console.log(text);
  const page = await readFile(file, 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*(<!-- end of ${name} -->)`);
  if (!marked.test(page)) throw new Error(`${file} has no marks for ${name}`);
  await writeFile(file, page.replace(marked, (_, begin, end) => `${begin}${text}\n${end}`));
}
