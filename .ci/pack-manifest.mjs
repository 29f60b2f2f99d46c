// prepack: the packed package.json without what is of use in the repository alone. `prepare` compiles after an install from the repository's
// address; in a tarball, which brings dist along, npm would only warn of it. postpack: the manifest as it was, byte for byte.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const manifest = at('package.json');
const kept = at('.package.json.kept');

// Of a pack that was cut off, too.
const restore = () => {
  if (existsSync(kept)) renameSync(kept, manifest);
};

restore();
if (process.argv[2] === 'prepack') {
  const text = readFileSync(manifest, 'utf8');
  const { scripts, devDependencies, ...rest } = JSON.parse(text);
  writeFileSync(kept, text);
  writeFileSync(manifest, `${JSON.stringify(rest, null, 2)}\n`);
}
