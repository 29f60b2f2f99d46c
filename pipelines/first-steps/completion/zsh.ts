import type { CommandWords, OptionWords, Place, Words } from './words.js';

/** Within single quotes, and without what _arguments and _describe read as marks of their own. */
const quote = (text: string) => text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", `'\\''`);

function actionOf(place: Place): string {
  if (place.kind === 'words') return `(${place.words.join(' ')})`;
  if (place.kind === 'file') return '_files';
  return place.kind === 'folder' ? '_path_files -/' : '';
}

function describeOption({ flags, help, value, isRepeatable }: OptionWords): string {
  const isSwitch = value.kind === 'nothing';
  const rest = `[${quote(help)}]${isSwitch ? '' : `:value:${actionOf(value)}`}`;
  // A value may follow after a blank or the sign, and after a letter at once.
  const marked = flags.map((flag) => `${flag}${isSwitch ? '' : flag.startsWith('--') ? '=' : '+'}`);
  if (isRepeatable) return marked.map((flag) => `'*${flag}${rest}'`).join(' ');
  if (marked.length === 1) return `'${marked[0]}${rest}'`;
  return `'(${flags.join(' ')})'{${marked.join(',')}}'${rest}'`;
}

function describeArgument({ argument, takesSeveral }: CommandWords): string[] {
  if (argument.kind === 'nothing') return [];
  return [`'${takesSeveral ? '*' : '1'}:argument:${actionOf(argument)}'`];
}

function commandBranch(command: CommandWords): string {
  const specs = [...command.options.map(describeOption), '"$everywhere[@]"', ...describeArgument(command)];
  return `    ${command.name}) _arguments -s ${specs.map((spec) => `\\\n      ${spec}`).join(' ')};;`;
}

/** The script for zsh: to be sourced after compinit, or as the file _parcelmetrics in a folder of fpath. */
export function writeZsh({ commands, everywhere }: Words): string {
  const names = commands.map(({ name, summary }) => `    '${name}:${quote(summary)}'`).join('\n');
  return `#compdef parcelmetrics
# zsh completion of parcelmetrics: source <(parcelmetrics completion zsh), after compinit

_parcelmetrics() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a everywhere commands
  everywhere=(
${everywhere.map((option) => `    ${describeOption(option)}`).join('\n')}
  )
  commands=(
${names}
  )
  _arguments -C -s "$everywhere[@]" '1:command:->command' '*::argument:->argument'
  case "$state" in
    command) _describe command commands; return;;
    argument) ;;
    *) return;;
  esac
  case "$line[1]" in
${commands.map(commandBranch).join('\n')}
  esac
}

if [ "$funcstack[1]" = _parcelmetrics ]; then
  _parcelmetrics "$@"
else
  compdef _parcelmetrics parcelmetrics
fi
`;
}
