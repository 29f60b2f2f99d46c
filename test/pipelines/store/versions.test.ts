import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  adoptDraft,
  draftVersion,
  linkUnchanged,
  listVersions,
  pruneVersions,
  removeVersion,
  type Versions,
  versionsOf,
} from '../../../pipelines/store/versions.js';

let folder = '';
let versions: Versions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-versions-'));
  versions = versionsOf(join(folder, 'report'), 'reports');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const first = '20260301T040000Z-aa';
const second = '20260302T040000Z-bb';

function write(version: string, files: Record<string, string>): void {
  const draft = draftVersion(versions, version);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(draft, name), text);
  linkUnchanged(versions, draft);
  adoptDraft(versions, version);
}

const fileOf = (version: string, name: string) => join(versions.folder, version, name);
const inodeOf = (version: string, name: string) => statSync(fileOf(version, name)).ino;

it('of one night has what did not change in common with the night before, and nothing else', () => {
  write(first, { 'compare.js': 'same', 'index.html': 'one', 'lanes.html': 'four', 'gone.html': 'gone' });
  write(second, { 'compare.js': 'same', 'index.html': 'two', 'lanes.html': 'five', 'new.html': 'same' });
  expect(inodeOf(second, 'compare.js')).toBe(inodeOf(first, 'compare.js'));
  expect(statSync(fileOf(second, 'new.html')).nlink).toBe(1);
  expect(['index.html', 'lanes.html'].map((name) => statSync(fileOf(second, name)).nlink)).toEqual([1, 1]);
  expect(readFileSync(fileOf(first, 'index.html'), 'utf8')).toBe('one');
  expect(readFileSync(join(folder, 'report', 'index.html'), 'utf8')).toBe('two');
});

it('goes without what it had in common with another', () => {
  write(first, { 'compare.js': 'same' });
  write(second, { 'compare.js': 'same' });
  expect(pruneVersions(versions, { count: 1 })).toEqual([first]);
  expect(readFileSync(fileOf(second, 'compare.js'), 'utf8')).toBe('same');
  expect(statSync(fileOf(second, 'compare.js')).nlink).toBe(1);
  write(first.replace('0301', '0303'), { 'compare.js': 'same' });
  removeVersion(versions, second);
  expect(listVersions(versions)).toHaveLength(1);
  expect(readFileSync(join(folder, 'report', 'compare.js'), 'utf8')).toBe('same');
});

it('made anew under the same name stands beside the old one, which a reader may have open', () => {
  write(first, { 'compare.js': 'same', 'index.html': 'one' });
  write(first, { 'compare.js': 'same', 'index.html': 'one more' });
  expect(listVersions(versions)).toEqual([first, `${first}.2`]);
  expect(readFileSync(fileOf(first, 'index.html'), 'utf8')).toBe('one');
});

it('takes nothing in through a link that lies there', () => {
  write(first, { 'index.html': 'one' });
  writeFileSync(join(folder, 'elsewhere'), 'same');
  symlinkSync(join(folder, 'elsewhere'), fileOf(first, 'compare.js'));
  write(second, { 'compare.js': 'same' });
  expect(statSync(fileOf(second, 'compare.js')).nlink).toBe(1);
});
