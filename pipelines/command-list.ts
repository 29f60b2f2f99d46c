import type { CommandShape, Run } from './context.js';

export interface CommandSpec extends CommandShape {
  group: 'First steps' | 'The night' | 'Answers' | 'House keeping';
  /** Further lines of its help. */
  details?: string;
  /** Command line and what it is for. */
  examples: readonly (readonly [line: string, purpose: string])[];
  /** Runs with a wrong configuration too, and is told what is wrong. */
  toleratesProblems?: true;
  /** Has nothing left to do once nobody reads its output. */
  stopsWithOutput?: true;
  /** Runs until it is interrupted: then its own exit code counts. */
  endsBySignal?: true;
  /** Imports the handler: help and usage errors load none of them. */
  load: () => Promise<Run>;
}

/** The commands, in the order of help. A new one is one entry here and its handler. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'demo',
    group: 'First steps',
    summary: 'the whole night against a simulated API: no credentials, no network',
    details: 'Works in its own folder, parcelmetrics-demo, which is made anew.',
    optionNames: [],
    examples: [['parcelmetrics demo', 'a report to look at, in less than a minute']],
    load: async () => (await import('./first-steps/demo.js')).runDemo,
  },
  {
    name: 'init',
    group: 'First steps',
    summary: 'write a commented parcelmetrics.config.json and .env.example here',
    details: 'Files that exist are kept as they are.',
    optionNames: [],
    examples: [['parcelmetrics init', 'both files, in this folder']],
    toleratesProblems: true,
    load: async () => (await import('./first-steps/init.js')).runInit,
  },
  {
    name: 'doctor',
    group: 'First steps',
    summary: 'check configuration, credentials, clock, disk, lock, permissions, versions',
    details:
      'Says what to do about each trouble. Exit code 0: fine; 2: something to mend here; 4: the API says no.',
    optionNames: [],
    examples: [
      ['parcelmetrics doctor', 'before the first night'],
      ['parcelmetrics doctor --json', 'for a monitor'],
    ],
    toleratesProblems: true,
    load: async () => (await import('./first-steps/doctor.js')).runDoctor,
  },
  {
    name: 'sandbox',
    group: 'First steps',
    summary: 'run a simulated Parcel Tracking API on loopback and print its address and keys',
    optionNames: ['replay', 'sandboxNow', 'randomSeed', 'parcelCount', 'limits', 'listFile'],
    examples: [
      ['parcelmetrics sandbox --list parcels.csv', 'simulated parcels, and the file that registers them'],
      [
        'parcelmetrics sandbox --replay archive.ndjson --now 2026-06-30T00:00:00Z',
        'real responses, as of that day',
      ],
    ],
    endsBySignal: true,
    load: async () => (await import('./first-steps/sandbox.js')).runSandbox,
  },
  {
    name: 'completion',
    arguments: '<shell>',
    argumentChoices: ['bash', 'zsh', 'fish'],
    group: 'First steps',
    summary: 'the lines that let bash, zsh or fish complete commands, options and files at Tab',
    details:
      'They are made from the commands of this version: what was written to a file is to be written again after an upgrade.',
    optionNames: [],
    examples: [
      ['parcelmetrics completion bash', 'bash: source <(parcelmetrics completion bash), in ~/.bashrc'],
      [
        'parcelmetrics completion zsh',
        'zsh: source <(parcelmetrics completion zsh), in ~/.zshrc, after compinit',
      ],
      [
        'parcelmetrics completion fish > ~/.config/fish/completions/parcelmetrics.fish',
        'fish reads that file by itself',
      ],
    ],
    toleratesProblems: true,
    load: async () => (await import('./first-steps/completion/run.js')).runCompletion,
  },
  {
    name: 'sync',
    group: 'The night',
    summary: "find the account's own parcels in Sendcloud's list of shipments, and which have moved",
    details:
      'The first time all that was announced in the last 90 days, then what was updated since; nightly begins with it ("sync": false:\n' +
      'not). New numbers are registered as known. A sync that was interrupted goes on from its page. Names, addresses, order numbers and\n' +
      'items of the list are never kept. Without the right to list (403) it says so and ends with 4; everything else works without it.',
    optionNames: ['since', 'ratePerMinute'],
    examples: [
      ['parcelmetrics sync', 'what is new, and what has moved'],
      ['parcelmetrics sync --since 2026-01-01', 'also what was announced longer ago than 90 days'],
    ],
    load: async () => (await import('./night/sync.js')).runSync,
  },
  {
    name: 'register',
    arguments: '<file...>',
    group: 'The night',
    summary: 'register the parcels of CSV, JSON or Parquet files',
    details:
      'The first bytes decide what a file is: CSV in its dialects, one JSON object a line, a JSON list, Parquet, plain, gzip or zstd;\n' +
      '- is standard input. Good rows are POSTed unless the registry has them, and added to it; bad ones are named by line and column.\n' +
      'Columns: tracking_number, carrier_code; for the API also announced_at, from_country, from_postal_code,\n' +
      'to_country, to_postal_code, contract_id, source_id. A row with none of those is a parcel that Sendcloud tracks already.',
    optionNames: ['known', 'dryRun', 'columnMap', 'ratePerMinute', 'concurrency'],
    examples: [
      ['parcelmetrics register parcels.csv', 'with the API and in the registry'],
      [
        'parcelmetrics register --known parcels.csv',
        'Sendcloud tracks them already: their numbers are enough',
      ],
      [
        'parcelmetrics register --known --map "Sendungsnummer=tracking_number" list.csv.gz',
        'a header of your own',
      ],
      ['parcelmetrics register --known - < list.csv', 'from standard input, or a pipe'],
    ],
    load: async () => (await import('./night/register.js')).runRegister,
  },
  {
    name: 'extract',
    group: 'The night',
    summary: 'poll the parcels that are due',
    optionNames: ['maxRequests', 'maxDurationMs', 'ratePerMinute', 'concurrency'],
    examples: [
      ['parcelmetrics extract', 'all that are due'],
      ['parcelmetrics extract --max-duration 2h', 'what fits into two hours, most urgent first'],
    ],
    load: async () => (await import('./night/extract.js')).runExtract,
  },
  {
    name: 'import',
    arguments: '<file...>',
    group: 'The night',
    summary: 'load archived timeline responses',
    details:
      'One body a line, a JSON list or pretty-printed, plain, gzip or zstd; - is standard input. An entry is the body of a response\n' +
      '(observed at the run\'s clock), or {"observed_at": ..., "response": {...}}. One that is none is refused and named; the rest is\n' +
      'loaded. Importing a file again adds nothing.',
    optionNames: [],
    examples: [
      ['parcelmetrics import archive.ndjson.gz --as-of 2026-06-30T00:00:00Z', 'an archive of that day'],
    ],
    load: async () => (await import('./night/import.js')).runImport,
  },
  {
    name: 'build',
    group: 'The night',
    summary: 'derive the tables from what was landed, and check them',
    details:
      'With a window of its own (--quarter, or --from and --to, by label date) and --name: a snapshot beside the published one, for a\n' +
      "contract or an archive. What became of its parcels is seen from the run's clock, so that outcomes are complete; the period before\n" +
      'is as long, with a clock as much earlier. The published snapshot and the marts of the nights stay as they are. Read it with\n' +
      '`report --snapshot NAME` and `sql --snapshot NAME`; it is kept until its folder is removed.',
    optionNames: [
      'days',
      'full',
      'buckets',
      'engine',
      'accounts',
      'quarter',
      'fromDate',
      'toDate',
      'name',
      'overwrite',
    ],
    examples: [
      ['parcelmetrics build --days 180', 'figures of the last 180 days'],
      ['parcelmetrics build --quarter 2026Q3 --name q3', 'a snapshot of the third quarter'],
      [
        'parcelmetrics build --from 2026-10-19 --to 2026-11-01 --name strike --overwrite',
        'two weeks, made again',
      ],
      ['parcelmetrics build --full --json', 'everything again; models, rows and checks as JSON'],
      ['parcelmetrics build --buckets 16', 'ten million parcels with the memory of one'],
      ['parcelmetrics build --engine trino', 'on an engine that is there: see docs/scale.md'],
    ],
    load: async () => (await import('./night/build.js')).runBuild,
  },
  {
    name: 'publish',
    group: 'The night',
    summary: 'swap in a new read-only snapshot: shipping.duckdb, Parquet files, manifest',
    optionNames: ['rollback', 'acceptFall'],
    examples: [
      ['parcelmetrics publish', 'what the last build derived'],
      ['parcelmetrics publish --rollback', 'back to the snapshot before'],
    ],
    load: async () => (await import('./night/publish.js')).runPublish,
  },
  {
    name: 'report',
    group: 'The night',
    summary: 'static HTML from the published snapshot',
    details:
      'Beside the pages lie the parcels behind the figures, parcels-CARRIER.csv: late, with an exception, stalled, lost.\n' +
      'The report is a link to its newest version. --copy makes a folder without links instead, for an archive or another machine;\n' +
      'what `forget` erases later stays in such a copy.\n' +
      '--single-file and --pdf have all pages in one file, whose links lead from page to page, but for head to head and the lists as files.\n' +
      'They lie in a folder beside the report, where `forget` removes them; what was sent or moved it does not reach. --pdf needs a Chromium\n' +
      'or Chrome on this machine, which gets no network and leaves nothing behind.\n' +
      '--for makes the sheet that both sides sign: what is counted, targets, figures and lanes of that carrier, and the parcels that it is\n' +
      'asked about, on the page and as a workbook with a column for the answer. Its figures are kept as agreed/CARRIER-FROM-TO.json beside\n' +
      'the warehouse; --against shows an earlier one, or a snapshot, beside this one.',
    optionNames: [
      'out',
      'locale',
      'snapshot',
      'singleFile',
      'pdf',
      'chromium',
      'forCarrier',
      'against',
      'withoutParcels',
      'copyDir',
    ],
    examples: [
      ['parcelmetrics report', 'all pages'],
      ['parcelmetrics report --snapshot q3', 'of a named snapshot, into report-q3'],
      ['parcelmetrics report --without-parcels --copy ./figures', 'figures alone: no tracking number in it'],
      ['parcelmetrics report --copy ./hand-over', 'a folder to pack and send'],
      ['parcelmetrics report --pdf', 'all pages as report-pdf/report.pdf'],
      ['parcelmetrics report --snapshot q3 --for dpd', "the third quarter's sheet for DPD"],
      [
        'parcelmetrics report --snapshot q3 --for dpd --against q2',
        'the same with the second quarter beside it',
      ],
      ['parcelmetrics report --for dpd --pdf', 'that sheet as a PDF'],
    ],
    load: async () => (await import('./night/report.js')).runReport,
  },
  {
    name: 'nightly',
    group: 'The night',
    summary: 'sync, inbox, extract, build, check, publish, report: what cron calls',
    optionNames: [
      'days',
      'buckets',
      'accounts',
      'engine',
      'maxRequests',
      'maxDurationMs',
      'ratePerMinute',
      'concurrency',
      'full',
      'acceptFall',
      'out',
      'locale',
      'withoutParcels',
    ],
    examples: [['parcelmetrics nightly --max-duration 3h', 'the night, polling for three hours at most']],
    load: async () => (await import('./night/nightly.js')).runNightly,
  },
  {
    name: 'backfill',
    group: 'The night',
    summary: 'poll closed parcels again; says requests and time first, and asks',
    details:
      'Also abandoned ones: labels that were not scanned for so long (60 days) that they are asked for no more. By label date.',
    optionNames: [
      'fromDate',
      'toDate',
      'yes',
      'maxRequests',
      'maxDurationMs',
      'ratePerMinute',
      'concurrency',
    ],
    examples: [
      ['parcelmetrics backfill --from 2026-01-01 --to 2026-03-31 --yes', 'the first quarter, by label date'],
    ],
    load: async () => (await import('./night/backfill.js')).runBackfill,
  },
  {
    name: 'retry-failed',
    group: 'The night',
    summary: 'put dead letters back in the queue',
    details:
      'A dead letter is a parcel that was given up: the API refused it, or answered with nothing that is a timeline, in five nights in a\n' +
      'row. `status --dead-letters` lists them with the reason; `forget` erases those that are none of yours.',
    optionNames: [],
    examples: [['parcelmetrics retry-failed', 'the next extract asks for them again']],
    load: async () => (await import('./night/retry-failed.js')).runRetryFailed,
  },
  {
    name: 'status',
    group: 'Answers',
    summary: 'how last night went, whether the next one will fit, what waits; also while a night runs',
    optionNames: ['deadLetters'],
    examples: [
      ['parcelmetrics status', 'how was last night?'],
      ['parcelmetrics status --dead-letters', 'which parcels are no longer asked for, why, and since when'],
      ['parcelmetrics status --json', 'for a monitor'],
    ],
    stopsWithOutput: true,
    load: async () => (await import('./answers/status.js')).runStatus,
  },
  {
    name: 'sql',
    arguments: '[query]',
    group: 'Answers',
    summary: 'ask the published snapshot: a query, a file, standard input, or a prompt',
    optionNames: ['snapshot', 'queryFile', 'format', 'output', 'parameters', 'allowFiles', 'examples'],
    examples: [
      ['parcelmetrics sql "select carrier_code, transit_p50_hours from carrier_performance"', 'a table'],
      [
        'parcelmetrics sql -f question.sql --format csv -p carrier=dpd > answer.csv',
        'a file, with a parameter',
      ],
    ],
    stopsWithOutput: true,
    load: async () => (await import('./answers/sql/run.js')).runSqlCommand,
  },
  {
    name: 'explain',
    arguments: '<number>',
    group: 'Answers',
    summary: 'one parcel: its timeline, the rule of each figure, what it counts in and what not',
    details:
      'Reads the published snapshot; other numbers of the parcel are found too. The first paragraph can be sent to a carrier.\n' +
      '--poll takes the run lock, asks the API for this one parcel, builds, and explains that; what is published stays as it is.',
    optionNames: ['poll'],
    examples: [
      ['parcelmetrics explain 3SABC123', 'why does it count as late?'],
      ['parcelmetrics explain 3SABC123 --poll --json', 'as of now, for another program'],
    ],
    stopsWithOutput: true,
    load: async () => (await import('./answers/explain.js')).runExplain,
  },
  {
    name: 'reconcile',
    group: 'Answers',
    summary:
      "our medians beside Sendcloud's own transit times, per carrier and lane, and why they may differ",
    details:
      'One request, for the window of the published snapshot. The endpoint is in beta and depends on the plan.',
    optionNames: [],
    examples: [['parcelmetrics reconcile', 'are we far from what Sendcloud says?']],
    load: async () => (await import('./answers/reconcile.js')).runReconcile,
  },
  {
    name: 'targets',
    group: 'Answers',
    summary: 'agreed figures, and whether they are met as far as the parcels tell',
    details:
      'What was agreed stands in targets.csv in your seeds folder. Exit code 0 whatever it says; with --fail-on missed 3 where the whole\n' +
      'interval of a figure lies on the wrong side, for a monitor.',
    optionNames: ['failOn'],
    examples: [
      ['parcelmetrics targets', 'met, missed, too close to say, too few, and by how many parcels'],
      ['parcelmetrics targets --fail-on missed --json', 'for a monitor'],
    ],
    load: async () => (await import('./answers/targets.js')).runTargets,
  },
  {
    name: 'export',
    arguments: '[folder]',
    group: 'Answers',
    summary: 'the published tables as Parquet or CSV files, or the landed responses as lines',
    details:
      'A folder gets one file a table, and export.json last. --landed writes every response that was landed, as lines that\n' +
      '`import` takes, and beside it the registry: together they are what `restore` needs to make the warehouse again.',
    optionNames: ['snapshot', 'exportFormat', 'landedFile', 'overwrite'],
    examples: [
      ['parcelmetrics export ./tables --format csv', 'one CSV file a table'],
      ['parcelmetrics export --landed backup/landed.ndjson.gz', 'a backup that no version depends on'],
    ],
    load: async () => (await import('./answers/export.js')).runExport,
  },
  {
    name: 'forget',
    arguments: '<tracking-number...>',
    group: 'House keeping',
    summary: 'erase parcels everywhere, the bytes of old files included, and refuse them later',
    details:
      'Rewrites the warehouse and the kept snapshots, named ones too; removes marts and reports, which the next night makes again.',
    optionNames: [],
    examples: [['parcelmetrics forget 3SABC123', 'a recipient asked for it']],
    load: async () => (await import('./house-keeping/forget.js')).runForget,
  },
  {
    name: 'vacuum',
    group: 'House keeping',
    summary: 'give space back: write the warehouse anew, and say how much it brought',
    optionNames: [],
    examples: [['parcelmetrics vacuum', 'after a forget or a long time']],
    load: async () => (await import('./house-keeping/vacuum.js')).runVacuum,
  },
  {
    name: 'restore',
    arguments: '<source>',
    group: 'House keeping',
    summary: 'make the warehouse again: from a copy of it, from landed responses, or from a snapshot',
    details:
      'The source is a copy of warehouse.duckdb, what `export --landed` wrote, or the name or folder of a published snapshot, which\n' +
      'has the parcels and their events, but no dead letters and nothing that was registered and never answered.\n' +
      'A warehouse that is there is never lost: it is moved aside, which is asked first (--yes: not asked).',
    optionNames: ['yes'],
    examples: [
      ['parcelmetrics restore backup/warehouse.duckdb', 'a copy, brought up to date'],
      [
        'parcelmetrics restore backup/landed.ndjson.gz --yes',
        'the landed responses, and the registry beside them',
      ],
    ],
    load: async () => (await import('./house-keeping/restore.js')).runRestore,
  },
];
