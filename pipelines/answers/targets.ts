import type { Targets } from '../../queries/schema.js';
import { type Context, say } from '../context.js';
import { openPublished } from '../store/publish.js';
import { layOut } from '../terminal/table.js';

/** An agreed figure in words: whose, on what, how much, and what came of it. */
interface AgreedFigure extends Targets {
  carrier_name: string | null;
  title: string;
  better: 'higher' | 'lower';
}

const verdicts = { met: 'met', missed: 'MISSED', too_close: 'too close to say', too_few: 'too few' } as const;

const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);

/** `short by 12 to 31`, where it is missed; how many parcels the figure lies away from what was agreed otherwise. */
function sayShort({ verdict, short_by: by, short_by_lo: lo, short_by_hi: hi }: AgreedFigure): string {
  if (verdict === 'too_few' || by === null || lo === null || hi === null) return '';
  if (verdict === 'missed') return lo === hi ? `short by ${lo}` : `short by ${lo} to ${hi}`;
  if (verdict === 'met') return '';
  return by > 0 ? `short by ${by}, or by chance` : '';
}

function sayWhat(figure: AgreedFigure): string {
  const { from_country: from, to_country: to, delivery_type: type, service_level: level } = figure;
  const lane = from === null && to === null ? 'all lanes' : `${from ?? 'any'} to ${to ?? 'any'}`;
  return [lane, type?.replaceAll('_', ' '), level].filter(Boolean).join(', ');
}

/**
 * `targets`: what was agreed, whether it is met as far as the parcels tell, and by how many parcels it fell short. Exit code 0 whatever
 * it says; 3 under --fail-on missed where one is missed for sure.
 */
export async function runTargets(context: Context): Promise<number> {
  const { config, options } = context;
  const reader = await openPublished(config.published);
  try {
    const figures = await reader.all<AgreedFigure>(
      `select targets.*, carriers.carrier_name, metrics.title, metrics.better
       from targets
       inner join metrics on targets.metric = metrics.name
       left join carriers on targets.carrier_code = carriers.carrier_code`,
    );
    const counts = { met: 0, missed: 0, too_close: 0, too_few: 0 };
    for (const { verdict } of figures) counts[verdict as keyof typeof counts] += 1;
    say(context, describe(figures, counts), { ...counts, targets: figures });
    return options.failOn === 'missed' && counts.missed > 0 ? 3 : 0;
  } finally {
    reader.close();
  }
}

function describe(figures: readonly AgreedFigure[], counts: Record<string, number>): string {
  if (figures.length === 0) {
    return (
      'Nothing was agreed that this tool knows of.\n' +
      'Put a file targets.csv into your seeds folder (carrier_code,from_country,to_country,delivery_type,service_level,metric,target,from_date,to_date,note),\n' +
      'name the folder by "seeds" in the configuration, then `parcelmetrics build` and `parcelmetrics publish`.'
    );
  }
  const head = ['carrier', 'where', 'what', 'agreed', 'reached (95 %)', 'n', 'verdict', 'parcels', 'days'];
  const rows = figures.map((figure) => [
    figure.carrier_name ?? figure.carrier_code ?? 'any carrier',
    sayWhat(figure),
    figure.title,
    `${figure.better === 'higher' ? '≥' : '≤'} ${percent(figure.target)}`,
    figure.n === 0
      ? '-'
      : `${percent(figure.rate)} (${percent(figure.rate_lo)} to ${percent(figure.rate_hi)})`,
    String(figure.n),
    verdicts[figure.verdict as keyof typeof verdicts] ?? figure.verdict,
    sayShort(figure),
    `${figure.first_start_date} to ${figure.last_start_date}`,
  ]);
  return [
    layOut([head, ...rows]),
    `\n${counts.missed} missed, ${counts.met} met, ${counts.too_close} too close to say, ${counts.too_few} with too few parcels (under 30).\n` +
      'Missed and met: the whole 95 % interval lies on that side. Short by: parcels more that would have met it.\n',
  ].join('');
}
