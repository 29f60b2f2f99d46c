// SQL, seeds and page assets travel beside the compiled code, in dist or the folder that is named: a file finds them at the same relative path in both.
import { cpSync, existsSync, statSync } from 'node:fs';
import { extname } from 'node:path';

const out = process.argv[2] ?? 'dist';
const kinds = new Set(['.sql', '.csv', '.css', '.js', '.json']);
for (const folder of ['pipelines', 'queries', 'reports']) {
  if (!existsSync(folder)) continue;
  cpSync(folder, `${out}/${folder}`, {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || kinds.has(extname(path)),
  });
}
