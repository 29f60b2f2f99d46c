/** A piece of SQL text: offsets count UTF-16 units, `end` is the first one after it. */
export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'symbol' | 'comment';
  start: number;
  end: number;
  /** False for a text, name or comment that the script ends in. */
  isClosed: boolean;
}

/** One statement of a script, without its semicolon. */
export interface Piece {
  /** Where it starts in the script. */
  start: number;
  text: string;
  /** Whether a semicolon ended it. */
  isEnded: boolean;
}

const blank = /\s+/uy;
const lineComment = /--[^\n]*/uy;
const word = /[\p{L}_][\p{L}\p{M}\p{N}_$]*|\$\w+|\p{N}[\w.]*/uy;
const escapedText = /e'[^'\\]*(?:(?:\\.|'')[^'\\]*)*('?)/isuy;
const plainText = /'[^']*(?:''[^']*)*('?)/uy;
const quotedName = /"[^"]*(?:""[^"]*)*("?)/uy;
const dollarQuote = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/** Cuts SQL into tokens, white space left out. What is inside texts, quoted names and comments is not looked at. */
export function scan(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(sql);
  };
  const add = (kind: Token['kind'], end: number, isClosed = true) => {
    tokens.push({ kind, start: at, end, isClosed });
    at = end;
  };
  while (at < sql.length) {
    const space = match(blank);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const line = match(lineComment);
    if (line !== null) {
      add('comment', at + line[0].length);
      continue;
    }
    if (sql.startsWith('/*', at)) {
      const end = findCommentEnd(sql, at);
      add('comment', end ?? sql.length, end !== null);
      continue;
    }
    const text = match(escapedText) ?? match(plainText);
    if (text !== null) {
      add('string', at + text[0].length, text[1] !== '');
      continue;
    }
    const name = match(quotedName);
    if (name !== null) {
      add('quoted', at + name[0].length, name[1] !== '');
      continue;
    }
    const tag = match(dollarQuote)?.[0];
    if (tag !== undefined) {
      const close = sql.indexOf(tag, at + tag.length);
      add('string', close < 0 ? sql.length : close + tag.length, close >= 0);
      continue;
    }
    const plain = match(word);
    add(plain === null ? 'symbol' : 'word', at + (plain?.[0].length ?? 1));
  }
  return tokens;
}

// Comments nest, as in PostgreSQL.
function findCommentEnd(sql: string, start: number): number | null {
  let depth = 0;
  for (let at = start; at < sql.length; at++) {
    const pair = sql.slice(at, at + 2);
    if (pair === '/*') depth++;
    if (pair === '*/') depth--;
    if (pair === '/*' || pair === '*/') at++;
    if (depth === 0) return at + 1;
  }
  return null;
}

/** Splits a script at its semicolons; pieces of nothing but comments are left out. */
export function splitStatements(script: string): Piece[] {
  const pieces: Piece[] = [];
  let first: Token | null = null;
  let last: Token | null = null;
  const finish = (isEnded: boolean) => {
    if (first !== null && last !== null)
      pieces.push({ start: first.start, text: script.slice(first.start, last.end), isEnded });
    first = null;
    last = null;
  };
  for (const token of scan(script)) {
    if (token.kind === 'comment' && token.isClosed) continue;
    if (token.kind === 'symbol' && script[token.start] === ';') {
      finish(true);
    } else {
      first ??= token;
      last = token;
    }
  }
  finish(false);
  return pieces;
}

/** What a token stands for: a word in lower case, a quoted name as it is meant, anything else as it is written. */
export function readToken(sql: string, token: Token | undefined): string {
  if (token === undefined) return '';
  const text = sql.slice(token.start, token.end);
  if (token.kind === 'word') return text.toLowerCase();
  return token.kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text;
}
