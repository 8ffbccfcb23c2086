import { AssertionError, Liquid, LiquidError } from 'liquidjs'
import { Problem } from '../platform/problem'
import { cleanRendered, escapeHtml, plainText } from './html'

export interface Template {
  subject: string
  bodyHtml: string
}

/** All that a template can read (T19). Texts are escaped; `note` and `ticket.details` are HTML that `cleanHtml` made. */
export interface TemplateValues {
  ticket: {
    id: number
    summary: string
    details: string
    type: string
    status: string
    priority: string
  }
  user: { name: string; email?: string | undefined }
  agent: { name: string }
  instance: { name: string }
  customer: string
  note: string
  /** The ticket's page for whoever reads the mail. */
  link: string
}

/**
 * A template with its values put in. What users and partners wrote is only ever a value: Liquid in it stays text, markup in it is
 * escaped. An unknown variable is empty. The subject is one line (T30), the body clean HTML.
 * Throws VALIDATION when the template cannot be read or asks for more than the limits; `checkTemplate` says so when it is saved.
 */
export function renderTemplate(
  template: Template,
  values: TemplateValues,
): { subject: string; html: string } {
  return refusing('emailtemplate_id', () => {
    const scope = scopeOf(values)
    const subject = String(engine(asText).parseAndRenderSync(template.subject, scope))
    const html = String(engine(asMarkup).parseAndRenderSync(template.bodyHtml, scope))
    return { subject: oneLine(subject), html: cleanRendered(html, 'emailtemplate_id') }
  })
}

/** Refuses a template that could not be rendered, by the field that holds it. */
export function checkTemplate(template: Template): void {
  refusing('subject', () => engine(asText).parse(template.subject))
  refusing('body_html', () => engine(asMarkup).parse(template.bodyHtml))
}

/** Text fit for a header: one line, no control characters, not longer than a mail program shows, not cut inside a character. */
export function oneLine(text: string, most = SUBJECT_LENGTH): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  if (line.length <= most) return line
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (kept.length + segment.length > most) break
    kept += segment
  }
  return `${kept}…`
}

const SUBJECT_LENGTH = 250
const TEMPLATE_CHARS = 64 * 1024
const MEMORY = 2 * 1024 * 1024
/** Far more than any template needs: a machine that is busy must not refuse a save. What stops a template is its size, see below. */
const RENDER_MS = 2_000

/** HTML that needs no escaping. Whatever a filter does to it, it does to its words. */
class CleanMarkup {
  constructor(readonly html: string) {}
  toString(): string {
    return plainText(this.html)
  }
}

/**
 * No loops, captures and files. A clock that stands still while a Worker computes cannot stop a loop, the values hold no lists that
 * would need one, and what is left ends with the template.
 */
const TAGS = new Set(['#', 'assign', 'case', 'comment', 'echo', 'if', 'liquid', 'raw', 'unless'])

/** One rendering: its output is counted as it is made, which Liquid by itself does not do. */
function engine(write: (value: unknown) => string): Liquid {
  let made = 0
  const liquid = new Liquid({
    ownPropertyOnly: true,
    dynamicPartials: false,
    templates: {},
    parseLimit: TEMPLATE_CHARS,
    memoryLimit: MEMORY,
    renderLimit: RENDER_MS,
    outputEscape: (value: unknown) => {
      const text = write(value)
      made += text.length
      if (made > MEMORY) throw new Error('output limit exceeded')
      return text
    },
  })
  for (const tag of Object.keys(liquid.tags)) if (!TAGS.has(tag)) delete liquid.tags[tag]
  liquid.unregisterFilter('raw') // it would switch the escaping off
  return liquid
}

const asMarkup = (value: unknown): string =>
  value instanceof CleanMarkup ? value.html : escapeHtml(asText(value))

function asText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(asText).join('')
  if (value instanceof CleanMarkup) return value.toString()
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

const scopeOf = ({
  ticket,
  user,
  agent,
  instance,
  customer,
  note,
  link,
}: TemplateValues): Record<string, unknown> => ({
  ticket: {
    id: ticket.id,
    summary: ticket.summary,
    details: new CleanMarkup(ticket.details),
    type: ticket.type,
    status: ticket.status,
    priority: ticket.priority,
  },
  user: { name: user.name, email: user.email ?? '' },
  agent: { name: agent.name },
  instance: { name: instance.name },
  customer,
  note: new CleanMarkup(note),
  link,
})

function refusing<T>(field: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LiquidError || error instanceof AssertionError)) throw error
    const [why = 'the template cannot be read'] = error.message.split('\n')
    throw new Problem('VALIDATION', {
      message: `${field}: ${why}`,
      fix: 'Correct the email template under Configuration, Email templates.',
      fields: { [field]: why },
    })
  }
}
