import { type Notice, sayInstant } from './lines.js';

/** What a receiver takes: every field of the notice as JSON, or what Slack, Teams or a plain chat webhook takes and no field more. */
export type NoticeForm = 'json' | 'slack' | 'teams' | 'text';

/** Who takes which form, by host; a name with a dot before it stands for all below it. */
const forms: readonly (readonly [host: string, form: NoticeForm])[] = [
  ['hooks.slack.com', 'slack'],
  ['hooks.slack-gov.com', 'slack'],
  ['.webhook.office.com', 'teams'],
  ['.logic.azure.com', 'teams'],
  ['.api.powerplatform.com', 'teams'],
  ['chat.googleapis.com', 'text'],
];

/** The form that an address takes, by its host; json where nobody is known there. */
export function guessForm(address: string): NoticeForm {
  const { hostname } = new URL(address);
  const found = forms.find(([host]) => (host.startsWith('.') ? hostname.endsWith(host) : hostname === host));
  return found?.[1] ?? 'json';
}

/** `&`, `<` and `>` begin links and mentions in Slack's text. */
const escapeSlack = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What Adaptive Cards take for emphasis, links and lists. */
const escapeMarkdown = (text: string) => text.replace(/[\\`*_{}[\]()#+!|~<>-]/g, '\\$&');

/** What a chat shows: how the night went and its exit code, the first case, how fresh the data is, dead letters, what to do. */
export function sayShort(notice: Notice): [title: string, ...lines: string[]] {
  const [verdict = ''] = notice.text.split('\n');
  const { exit_code: exitCode, headline, data_as_of: dataAsOf, warnings = [], to_do: work = [] } = notice;
  const deadLetters = notice.dead_letters_left ?? 0;
  return [
    exitCode === null ? verdict : `${verdict} (exit code ${exitCode})`,
    ...(headline ? [headline] : []),
    ...(dataAsOf === undefined ? [] : [`Data as of ${sayInstant(dataAsOf)}.`]),
    ...warnings,
    ...(deadLetters === 0
      ? []
      : [
          `${deadLetters} ${deadLetters === 1 ? 'parcel gets' : 'parcels get'} no answer from the API (dead letters).`,
        ]),
    ...(work.length === 0 ? [] : [`To do: ${work.join('; ')}.`]),
  ];
}

/** A card, a line a block. https://adaptivecards.io/explorer/TextBlock.html */
function makeCard(notice: Notice) {
  const [title, ...lines] = sayShort(notice);
  const block = (text: string, more: object = {}) => ({ type: 'TextBlock', text, wrap: true, ...more });
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body: [
      block(escapeMarkdown(title), { weight: 'Bolder', size: 'Medium' }),
      ...lines.map((line) => block(escapeMarkdown(line))),
    ],
  };
}

/** The body of a POST, in the form that its receiver takes. */
export function writeNotice(notice: Notice, form: NoticeForm): unknown {
  switch (form) {
    case 'json':
      return notice;
    case 'slack':
      return { text: escapeSlack(sayShort(notice).join('\n')) };
    case 'text':
      return { text: sayShort(notice).join('\n') };
    case 'teams':
      return {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: makeCard(notice),
          },
        ],
      };
  }
}
