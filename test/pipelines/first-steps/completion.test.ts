import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../pipelines/command-list.js';
import { OPTIONS, SETTING_NAMES } from '../../../pipelines/config/options.js';
import { type House, openHouse } from '../house.js';

// Each shell itself is asked what it would offer at Tab.

let house: House;
beforeAll(async () => {
  house = openHouse();
  for (const shell of ['bash', 'zsh', 'fish']) {
    house.write(`completion.${shell}`, await house.run('completion', shell));
  }
  mkdirSync(house.path('place', 'folder of mine'), { recursive: true });
  for (const name of ['a list.csv', 'plain.csv']) writeFileSync(house.path('place', name), '');
});
afterAll(() => house.remove());

function run(program: string, args: readonly string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: house.path('place'),
    encoding: 'utf8',
    timeout: 120_000,
    env: { PATH: process.env.PATH, HOME: house.folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
  });
  if (error !== undefined || status !== 0) throw new Error(`${program}: ${error ?? stderr}`);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

/** The words of a line as readline has them, and what the function answers to the last. */
function askBash(line: string): string[] {
  const words = line
    .split(' ')
    .flatMap((word) => word.split(/(?<==)|(?==)/))
    .map((word) => `'${word}'`);
  const script = `source ../completion.bash
    complete -p parcelmetrics >/dev/null || exit 1
    COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
    _parcelmetrics; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run('bash', ['--norc', '-c', script]);
}

const askFish = (line: string) =>
  run('fish', ['--no-config', '-c', `source ../completion.fish; complete -C '${line}'`]).map(
    (found) => found.split('\t')[0] ?? '',
  );

/** An interactive zsh in a terminal of its own, whose compadd writes down what it is given. */
function askZsh(line: string): string[] {
  house.write(
    'inner.zsh',
    `PROMPT= ; autoload -U compinit && compinit -u -D; source ../completion.zsh
    bindkey '^I' complete-word
    zstyle ':completion:*' list-grouped false
    compadd() {
      if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
      local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> ../hits
    }
    finish() { print >> ../done; exit }
    comppostfuncs=(finish)
    print ready`,
  );
  const script = `rm -f ../hits ../done; zmodload zsh/zpty zsh/zselect
    zpty inner zsh -f -i; zpty -w inner 'source ../inner.zsh'
    zpty -r -m inner text '*ready*' >/dev/null
    zpty -w -n inner '${line}'$'\\t'
    for turn in {1..4500}; do [[ -e ../done ]] && break; zselect -t 2; done
    [[ -e ../done ]] || exit 1
    zpty -d inner; [[ ! -e ../hits ]] || sort -u ../hits`;
  return run('zsh', ['-f', '-c', script]);
}

const shells = { bash: askBash, zsh: askZsh, fish: askFish };

describe.each(Object.keys(shells) as (keyof typeof shells)[])('completion in %s', (shell) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  /** What is offered, without the slash of folders and the marks of quoting. */
  const ask = (line: string) =>
    shells[shell](line)
      .map((word) => word.replace(/[/\\]/g, '').replace(/=$/, '').trim())
      .sort();

  if (!isThere) {
    it.skip(`is not tried: there is no ${shell} here (apt install ${shell})`);
    return;
  }

  describe('offers', () => {
    it('every command, and help', () => {
      const names = [...COMMANDS.map(({ name }) => name), 'help'].sort();
      expect(ask('parcelmetrics ')).toEqual(names);
      expect(ask('parcelmetrics help ')).toEqual(names.filter((name) => name !== 'help'));
      expect(ask('parcelmetrics --json exp')).toEqual(['explain', 'export']);
    });

    it('every option of a command', () => {
      const everywhere = SETTING_NAMES.filter((name) => OPTIONS[name].everywhere);
      for (const command of COMMANDS.filter(({ name }) => ['sql', 'nightly', 'report'].includes(name))) {
        const offered = ask(`parcelmetrics ${command.name} --`);
        for (const name of [...command.optionNames, ...everywhere]) {
          const { option, negated } = OPTIONS[name];
          expect(offered, command.name).toContain(`--${negated ? 'no-' : ''}${option}`);
        }
      }
      expect(ask('parcelmetrics vacuum --')).not.toContain('--format');
    });

    it('what an option may be, and for each command its own', () => {
      expect(ask('parcelmetrics sql --format ')).toEqual([
        'csv',
        'json',
        'markdown',
        'ndjson',
        'parquet',
        'table',
      ]);
      expect(ask('parcelmetrics --warehouse report sql --format m')).toEqual(['markdown']);
      const exportFormats = [...(OPTIONS.exportFormat.parse.choices ?? [])].sort();
      expect(exportFormats).toContain('csv');
      expect(ask('parcelmetrics export --format ')).toEqual(exportFormats);
      expect(ask('parcelmetrics status --log-format ')).toEqual(['json', 'text']);
      expect(ask('parcelmetrics completion ')).toEqual(['bash', 'fish', 'zsh']);
    });

    it('files and folders where they belong, and nothing where any text may stand', () => {
      const mine = ['a list.csv', 'folder of mine', 'plain.csv'];
      expect(ask('parcelmetrics import ')).toEqual(mine);
      expect(ask('parcelmetrics register --known pl')).toEqual(['plain.csv']);
      expect(ask('parcelmetrics register plain.csv ')).toEqual(expect.arrayContaining(['a list.csv']));
      expect(ask('parcelmetrics sql --file ')).toEqual(mine);
      expect(ask('parcelmetrics report --copy ')).toEqual(['folder of mine']);
      expect(ask('parcelmetrics export ')).toEqual(['folder of mine']);
      expect(ask('parcelmetrics nightly --rate ')).toEqual([]);
      expect(ask('parcelmetrics forget ')).toEqual([]);
    });
  });
});

describe('completion', () => {
  it('takes a value after the sign too, which bash tells apart', () => {
    expect(askBash('parcelmetrics sql --format=')).toContain('markdown');
    expect(askBash('parcelmetrics sql --format=m')).toEqual(['markdown']);
    expect(askBash('parcelmetrics --log-format=json exp')).toEqual(['explain', 'export']);
  });

  it('of another shell is refused, and works beside a wrong configuration', async () => {
    expect(await house.call('completion', 'tcsh')).toMatchObject({
      exitCode: 2,
      out: '',
      err: 'error: there is no completion for "tcsh"\nThere is one for bash, zsh, fish.\n',
    });
    expect((await house.call('completion', 'constructor')).exitCode).toBe(2);
    house.write('parcelmetrics.config.json', '{ "days": "many" }');
    const { out } = await house.call('completion', 'bash', '--json');
    expect(JSON.parse(out)).toMatchObject({ shell: 'bash', script: expect.stringContaining('complete -F') });
  });
});
