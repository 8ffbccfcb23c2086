import { describe, expect, test, vi } from 'vitest'
import { tidyAiNote } from '../../../worker/desk/markdown'
import { checkTemplate, renderTemplate, type TemplateValues } from '../../../worker/desk/template'
import { limits } from '../../../worker/platform/limits'
import { Problem } from '../../../worker/platform/problem'

const values: TemplateValues = {
  ticket: {
    id: 1001,
    summary: 'Printer & <b>jam</b>',
    details: '<p>It <b>jams</b></p>',
    type: 'Incident',
    status: 'New',
    priority: 'Low',
  },
  user: { name: 'Dana "D" O\'Neil', email: 'dana@acme.example' },
  agent: { name: 'Ana' },
  instance: { name: 'Acme' },
  customer: 'Acme <HQ>',
  note: '<p>Please <em>wait</em></p>',
  link: 'https://desk.example/acme/portal/tickets/1001?a=1&b=2',
}
const body = (bodyHtml: string, over: Partial<TemplateValues> = {}) =>
  renderTemplate({ subject: 's', bodyHtml }, { ...values, ...over }).html
const refusal = (work: () => unknown): Problem => {
  try {
    work()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('T19 templates', () => {
  test('every value has its name, and an unknown one is empty', () => {
    expect(
      body(
        '{{ticket.id}}|{{ticket.type}}|{{ticket.status}}|{{ticket.priority}}|{{user.email}}|{{agent.name}}|{{instance.name}}|{{nothing}}{{no.such.thing}}|',
      ),
    ).toBe('1001|Incident|New|Low|dana@acme.example|Ana|Acme||')
  })
  test('what people wrote is text, only the note and the details are markup', () => {
    expect(
      body('<p>{{ticket.summary}} {{customer}} {{user.name}}</p>{{note}}{{ticket.details}}'),
    ).toBe(
      '<p>Printer &amp; &lt;b&gt;jam&lt;/b&gt; Acme &lt;HQ&gt; Dana "D" O\'Neil</p><p>Please <em>wait</em></p><p>It <b>jams</b></p>',
    )
    expect(body('<a href="{{link}}" title="{{user.name}}">open</a>')).toBe(
      '<a href="https://desk.example/acme/portal/tickets/1001?a=1&amp;b=2" title="Dana &quot;D&quot; O\'Neil" rel="noopener nofollow noreferrer">open</a>',
    )
  })
  test('Liquid in a note, a name or a summary arrives as text', () => {
    const attack = '{{ 7 | times: 7 }}{% for i in (1..99999999) %}x{% endfor %}'
    const html = body('{{note}}{{ticket.summary}}{{user.name}}', {
      note: `<p>${attack}</p>`,
      ticket: { ...values.ticket, summary: attack },
      user: { name: attack },
    })
    expect(html).toBe(`<p>${attack}</p>${attack}${attack}`)
  })
  test('no filter and no property gets markup past the escaping, or at what is not a value', () => {
    const script = '<script>alert(1)</script>'
    for (const template of [
      '{{ticket.summary | raw}}',
      '{{ticket.summary | upcase}}',
      '{% echo ticket.summary %}',
      '{% liquid echo ticket.summary %}',
    ]) {
      expect(body(template, { ticket: { ...values.ticket, summary: script } })).not.toMatch(
        /<script/i,
      )
    }
    expect(body('{{ticket.summary | raw}}')).toBe('Printer &amp; &lt;b&gt;jam&lt;/b&gt;')
    expect(body('{{note | upcase}}|{{note.html}}')).toBe(
      'PLEASE WAIT|&lt;p&gt;Please &lt;em&gt;wait&lt;/em&gt;&lt;/p&gt;',
    )
    expect(
      body(
        '{{constructor}}{{user.constructor.name}}{{user.__proto__}}{{note.toString}}{{user}}{{ticket}}',
      ),
    ).toBe('')
  })
  test('a template that would run for ever or grow without end is refused at once, by name', () => {
    const endless = [
      '{% for i in (1..99999999) %}{% for j in (1..99999999) %}x{% endfor %}{% endfor %}',
      '{% tablerow i in (1..99999999) %}x{% endtablerow %}',
      `{% assign x = "aaaaaaaaaaaaaaaa" %}${'{% assign x = x | append: x %}'.repeat(60)}{{x}}`,
      `{% capture x %}${'{{x}}{{x}}'.repeat(60)}{% endcapture %}`,
      '{{ (1..99999999) | join: "x" }}',
      '{{ticket.details}}'.repeat(100),
      '{% include "secrets" %}',
      '{% render "secrets" %}',
      '{% layout "secrets" %}',
    ]
    // A Worker's clock stands still while it computes, so no limit may need one.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    for (const template of endless) {
      const started = Date.now()
      const problem = refusal(() =>
        body(template, { ticket: { ...values.ticket, details: 'x'.repeat(limits.noteBytes) } }),
      )
      expect(problem).toMatchObject({
        code: 'VALIDATION',
        detail: { fields: { emailtemplate_id: expect.any(String) } },
      })
      expect(Date.now() - started).toBeLessThan(200)
    }
    clock.mockRestore()
  })
  test('a template that cannot be read is refused when it is saved, by its field', () => {
    expect(
      refusal(() => checkTemplate({ subject: '{{ a', bodyHtml: '' })).detail.fields,
    ).toHaveProperty('subject')
    expect(
      refusal(() => checkTemplate({ subject: 's', bodyHtml: '{% if x %}' })).detail.fields,
    ).toHaveProperty('body_html')
    expect(
      refusal(() => checkTemplate({ subject: 's', bodyHtml: 'x'.repeat(70_000) })).detail.fields,
    ).toHaveProperty('body_html')
    expect(() =>
      checkTemplate({
        subject: '{{ticket.summary}}',
        bodyHtml: '{% if user.email != "" %}a{% else %}b{% endif %}',
      }),
    ).not.toThrow()
  })
  test('the result is clean HTML, whatever stands in the template', () => {
    expect(
      body('<script>alert(1)</script><p onclick=alert(1) style="color:red;position:fixed">x</p>'),
    ).toBe('<p style="color:red">x</p>')
  })
  test('T30 the subject is one line of plain text, not cut inside a character', () => {
    const subject = (summary: string) =>
      renderTemplate(
        { subject: 'Re: {{ticket.summary}}\n{{note}}', bodyHtml: '' },
        { ...values, ticket: { ...values.ticket, summary } },
      ).subject
    expect(subject('a & <b>\r\nBcc: victim@example.com')).toBe(
      'Re: a & <b> Bcc: victim@example.com Please wait',
    )
    const long = subject('👨‍👩‍👧‍👦'.repeat(60))
    expect(long.length).toBeLessThanOrEqual(251)
    expect(long).toMatch(/^Re: (👨‍👩‍👧‍👦)+…$/u)
  })
  test('a note at its limit still fits into a template', () => {
    expect(
      body('<p>Dear {{user.name}}</p>{{note}}', { note: 'x'.repeat(limits.noteBytes) }),
    ).toContain('xxx')
  })
})

describe('G122 notes that an AI wrote', () => {
  const on = (note: string) => tidyAiNote({ aiOn: true }, note)
  test.each([
    [
      'fenced HTML that an editor wrapped',
      '<p>```html</p><p>&lt;p&gt;Hello &lt;strong&gt;Dana&lt;/strong&gt;&lt;/p&gt;</p><p>```</p>',
      '<p>Hello <strong>Dana</strong></p>',
    ],
    [
      'fenced HTML as it came',
      '```html\n<p>Hello <b>Dana</b></p>\n```',
      '<p>Hello <b>Dana</b></p>',
    ],
    [
      'a fence after an introduction',
      'Here is the note:\n\n```html\n<p>Hello</p>\n```',
      'Here is the note:\n<p>Hello</p>',
    ],
    ['fenced Markdown', '```markdown\n# Title\ntext\n```', '<h1>Title</h1>\n<p>text</p>'],
    [
      'a code block that is the whole note',
      '<pre><code class="language-html">&lt;p&gt;Hi&lt;/p&gt;</code></pre>',
      '<p>Hi</p>',
    ],
    [
      'Markdown that an editor wrapped',
      '<p>## Steps</p><p>1. First</p><p>2. **Second** one</p>',
      '<h2>Steps</h2>\n<ol>\n<li>First</li>\n<li><strong>Second</strong> one</li>\n</ol>',
    ],
    [
      'Markdown inside HTML',
      '<p>Hi <strong>Dana</strong>,</p><p>**Please** restart</p>',
      '<p>Hi <strong>Dana</strong>,</p><p><strong>Please</strong> restart</p>',
    ],
    ['tags as text', '<p>&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</p>', '<p>One</p><p>Two</p>'],
    [
      'T40 markup that runs',
      '**Bold** <img src=x onerror=alert(1)>\n<script>alert(1)</script>',
      '<p><strong>Bold</strong> </p>',
    ],
  ])('%s becomes clean HTML', (_, note, html) => {
    expect(on(note)).toBe(html)
  })
  test('a note without any of it is left alone', () => {
    for (const note of [
      '<p>Plain note with 2 * 3 * 4 and snake_case_name</p>',
      '<p>a</p><ul><li>b</li></ul>',
      '<pre>x *y*</pre>',
    ])
      expect(on(note)).toBe(note)
  })
  test('nothing is changed where AI is off', () => {
    const note = '<p>## Steps</p><p>**bold** ```html</p>'
    expect(tidyAiNote({ aiOn: false }, note)).toBe(note)
  })
  test.each(['*', '**a', '`', '[', '[a](', '|', '# ', '__', '```\n', '- \n', '> '])(
    'T18 a long run of %j costs no time',
    (bit) => {
      const started = performance.now()
      try {
        on(bit.repeat(32_000 / bit.length))
      } catch (error) {
        expect(error).toBeInstanceOf(Problem)
      }
      expect(performance.now() - started).toBeLessThan(1_000)
    },
  )
})
