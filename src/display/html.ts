/** Text as HTML shows it, also within an attribute. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Sentences as HTML shows them: a per cent sign stays with its number, and what stands between bars with them. */
export function prose(text: string): string {
  return escaped(text)
    .replaceAll(' %', '&nbsp;%')
    .replace(/\|[^ |]+\|/g, '<span style="white-space:nowrap">$&</span>');
}

/** What a reader sees of HTML, its entities left as they are. */
export function withoutTags(html: string): string {
  return html.replace(/<[^>]*>/g, '');
}
