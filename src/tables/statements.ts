import { displaySymbol } from '../display/format.js';
import type { MimeBundle } from '../display/host.js';
import type { Claim } from './claim.js';

/** Claims with their sentences, which show themselves in a notebook as a list. */
export class Statements {
  readonly claims: readonly Claim[];

  constructor(claims: readonly Claim[]) {
    this.claims = claims;
  }

  toMarkdown(): string {
    return this.claims.map(({ claim, sentence }) => `- *${claim}* ${emphasised(sentence)}`).join('\n');
  }

  toText(): string {
    return this.claims.map(({ claim, sentence }) => `• ${claim}\n  ${sentence}`).join('\n');
  }

  /** What a notebook shows: a plain MIME bundle of Markdown and text. */
  [displaySymbol](): MimeBundle {
    return { 'text/markdown': this.toMarkdown(), 'text/plain': this.toText() };
  }
}

/** The verdict, up to the first colon, in bold. */
function emphasised(sentence: string): string {
  return sentence.replace(/^[^:]*:/, (verdict) => `**${verdict}**`);
}
