import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { firstLine } from '../store/database.js';
import { DuckDBInstance } from '../store/driver.js';
import { listNamed, placeNamed } from '../store/named.js';
import { versionsOf } from '../store/versions.js';

/** What a warehouse can be made from. */
export interface Origin {
  kind: 'copy' | 'landed' | 'snapshot';
  path: string;
  words: string;
}

function readStart(path: string): Buffer {
  const bytes = Buffer.alloc(12);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, 12, 0);
  closeSync(file);
  return bytes;
}

async function readTables(path: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`attach '${path.replaceAll("'", "''")}' as candidate (read_only)`);
    const tables = await connection.runAndReadAll(
      `select table_name from duckdb_tables() where database_name = 'candidate'`,
    );
    return tables.getRows().map(([name]) => String(name));
  } catch (error) {
    throw usageError(`${path} cannot be read: ${firstLine(error)}`, {
      hint: 'Nothing was changed.',
      cause: error,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function listNames(published: string): string {
  const names = listNamed(published).map(({ name }) => name);
  return names.length === 0 ? '' : `; named ones: ${names.join(', ')}`;
}

/** Finds out what the user named: a file, a folder of a snapshot, or the name of one that is kept. */
export async function findOrigin({ config, cwd }: Context, named: string): Promise<Origin> {
  const kept = join(versionsOf(config.published, 'snapshots').folder, named);
  const places = [resolve(cwd, named), kept, placeNamed(config.published, named).published];
  const path = places.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw usageError(`${named} is no file, no folder, and no snapshot that is kept`, {
      hint: `Nothing was changed. Snapshots are in ${dirname(kept)}${listNames(config.published)}.`,
    });
  }
  if (statSync(path).isDirectory()) {
    const database = join(path, 'shipping.duckdb');
    if (existsSync(database)) return { kind: 'snapshot', path: database, words: `the snapshot ${path}` };
    throw usageError(`${path} is no snapshot: it holds no shipping.duckdb`, { hint: 'Nothing was changed.' });
  }
  const bytes = readStart(path);
  if (bytes.subarray(8, 12).toString('latin1') === 'DUCK') {
    const tables = await readTables(path);
    if (tables.includes('landed_polls')) return { kind: 'copy', path, words: `the copy ${path}` };
    if (tables.includes('parcels') && tables.includes('events'))
      return { kind: 'snapshot', path, words: `the snapshot ${path}` };
    throw usageError(`${path} is neither a warehouse nor a snapshot`, { hint: 'Nothing was changed.' });
  }
  const isPacked = /^(1f8b|28b52ffd)/.test(bytes.toString('hex'));
  if (isPacked || /^(\xef\xbb\xbf)?\s*[[{]/.test(bytes.toString('latin1')))
    return { kind: 'landed', path, words: `the responses in ${path}` };
  throw usageError(`${path} is neither a copy of a warehouse, nor landed responses, nor a snapshot`, {
    hint: 'Nothing was changed.',
  });
}
