import type { OptionWords, Place, Words } from './words.js';

const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function offer(place: Place): string {
  if (place.kind === 'words') return ` -a ${quote(place.words.join(' '))}`;
  if (place.kind === 'file') return ' -F';
  return place.kind === 'folder' ? " -a '(__fish_complete_directories)'" : '';
}

function describeOption({ flags, help, value }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const needs = value.kind === 'nothing' ? '' : value.kind === 'file' ? ' -r' : ' -x';
  return `${names.join(' ')}${needs}${offer(value)} -d ${quote(help)}`;
}

/** The script for fish: a file of its completions folder, or to be sourced. */
export function writeFish({ commands, everywhere }: Words): string {
  const withValue = [...everywhere, ...commands.flatMap(({ options }) => options)]
    .filter(({ value }) => value.kind !== 'nothing')
    .flatMap(({ flags }) => flags);
  const lines = commands.flatMap(({ name, summary, options, argument }) => {
    const inside = `complete -c parcelmetrics -n '__parcelmetrics_is ${name}'`;
    return [
      `complete -c parcelmetrics -n '__parcelmetrics_is ""' -a ${name} -d ${quote(summary)}`,
      ...options.map((option) => `${inside} ${describeOption(option)}`),
      ...(offer(argument) === '' ? [] : [`${inside}${offer(argument)}`]),
    ];
  });
  return `# fish completion of parcelmetrics: parcelmetrics completion fish > ~/.config/fish/completions/parcelmetrics.fish

# Whether that is the command typed so far; "" is none yet.
function __parcelmetrics_is
  set -l words (commandline -opc)
  set -e words[1]
  set -l skip 0
  for word in $words
    if test $skip -eq 1
      set skip 0
    else if contains -- $word ${[...new Set(withValue)].join(' ')}
      set skip 1
    else if not string match -q -- '-*' $word
      test "$word" = "$argv[1]"
      return
    end
  end
  test "$argv[1]" = ""
end

complete -c parcelmetrics -f
${everywhere.map((option) => `complete -c parcelmetrics ${describeOption(option)}`).join('\n')}
${lines.join('\n')}
`;
}
