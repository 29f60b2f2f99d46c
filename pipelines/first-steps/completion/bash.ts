import type { CommandWords, OptionWords, Place, Words } from './words.js';

const flagsOf = (options: readonly OptionWords[]) => options.flatMap(({ flags }) => flags);

/** What fills COMPREPLY at a place; nothing where anything may stand. */
function offer(place: Place): string {
  if (place.kind === 'words') return `_parcelmetrics_words '${place.words.join(' ')}'`;
  if (place.kind === 'file') return '_parcelmetrics_paths -f';
  return place.kind === 'folder' ? '_parcelmetrics_paths -d' : ':';
}

/** The branches of what follows an option, those that are alike in one; where any text may follow there is none. */
function valueBranches(options: readonly OptionWords[], before = ''): string[] {
  const byOffer = new Map<string, string[]>();
  for (const { flags, value } of options) {
    if (value.kind === 'nothing' || value.kind === 'text') continue;
    const patterns = flags.map((flag) => `${before}${flag}`);
    byOffer.set(offer(value), [...(byOffer.get(offer(value)) ?? []), ...patterns]);
  }
  return [...byOffer].map(([offered, patterns]) => `    ${patterns.join('|')}) ${offered}; return;;`);
}

/** The branches of what a command takes, those that are alike in one. */
function commandBranches(commands: readonly CommandWords[]): string[] {
  const byWords = new Map<string, string[]>();
  for (const { name, options, argument } of commands) {
    const own = options.length > 0 ? ` ${flagsOf(options).join(' ')}` : '';
    const words = `options="$everywhere${own}"; argument="${offer(argument)}"`;
    byWords.set(words, [...(byWords.get(words) ?? []), name]);
  }
  return [...byWords].map(([words, names]) => `    ${names.join('|')}) ${words};;`);
}

/** The script for bash, from 3.2 on, as macOS has it. */
export function writeBash({ commands, everywhere }: Words): string {
  const all = [...everywhere, ...commands.flatMap(({ options }) => options)];
  const takesValue = [...new Set(flagsOf(all.filter(({ value }) => value.kind !== 'nothing')))].join('|');
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion of parcelmetrics: source <(parcelmetrics completion bash)

_parcelmetrics_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }

_parcelmetrics_paths() {
  local IFS=$'\\n'
  # From bash 4 on a name with blanks is quoted, and a folder gets its slash.
  type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$current"))
}

_parcelmetrics() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="" command="" options argument word at=1
  local everywhere='${flagsOf(everywhere).join(' ')}'
  COMPREPLY=()
  [ "$COMP_CWORD" -gt 1 ] && before="\${COMP_WORDS[COMP_CWORD-1]}"
  # bash takes --format=csv apart at its sign.
  if [ "$current" = "=" ]; then current=""
  elif [ "$before" = "=" ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[at]}"
    case "$word" in
    ${takesValue})
      at=$((at + 1))
      [ "\${COMP_WORDS[at]}" = "=" ] && at=$((at + 1));;
    -*) ;;
    *) command="$word"; break;;
    esac
    at=$((at + 1))
  done
  case "$command $before" in
${commands.flatMap(({ name, options }) => valueBranches(options, `"${name} "`)).join('\n')}
  esac
  case "$before" in
${valueBranches(everywhere).join('\n')}
    ${takesValue}) return;;
  esac
  case "$command" in
    "") options="$everywhere"; argument="_parcelmetrics_words '${names}'";;
${commandBranches(commands).join('\n')}
    *) return;;
  esac
  case "$current" in
    -*) _parcelmetrics_words "$options";;
    *) eval "$argument";;
  esac
}

complete -F _parcelmetrics parcelmetrics
`;
}
