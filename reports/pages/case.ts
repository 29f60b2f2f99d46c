import { readFacts } from '../parts/case-facts.js';
import { casePage, nameCase, renderCaseBody } from '../parts/case-view.js';
import type { PageContext } from '../parts/context.js';
import { findSentences } from '../parts/findings.js';
import type { Html } from '../parts/html.js';

export interface CasePage {
  file: string;
  title: string;
  body: Html;
}

/** A page for each case, in the order of the overview; each prints as one A4. */
export async function renderCasePages(context: PageContext): Promise<CasePage[]> {
  const pages: CasePage[] = [];
  for (const [index, finding] of findSentences(context).entries()) {
    if (finding.row === null) continue;
    pages.push({
      file: casePage(index + 1),
      title: nameCase(context, readFacts(context, finding.row)),
      body: await renderCaseBody(context, finding, index + 1),
    });
  }
  return pages;
}
