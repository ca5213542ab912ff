/** An entry of docs/references.bib. */
export interface Reference {
  readonly key: string;
  /** As it stands in the file. */
  readonly source: string;
  readonly fields: Readonly<Record<string, string>>;
}
export function readReferences(bib: string): Reference[];
export function citedNumbers(text: string): string[];
export function referenceOf(number: string, references: readonly Reference[]): Reference | undefined;
export function referenceText(reference: Reference): string;
