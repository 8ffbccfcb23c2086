import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanHtml, cleanNote, htmlOfText, plainText } from '../../../worker/desk/html'
import { limits } from '../../../worker/platform/limits'
import { Problem } from '../../../worker/platform/problem'
import { outlookNote } from './outlook'
import { payloads } from './payloads'

/** Reads with another parser than the one that cleaned, as a browser would. */
async function elementsOf(
  html: string,
): Promise<{ tag: string; attributes: Record<string, string> }[]> {
  const seen: { tag: string; attributes: Record<string, string> }[] = []
  const reader = new HTMLRewriter().on('*', {
    element: ({ tagName, attributes }) =>
      void seen.push({ tag: tagName, attributes: Object.fromEntries(attributes) }),
  })
  await reader.transform(new Response(html)).text()
  return seen
}

const TAGS =
  /^(a|abbr|b|blockquote|br|caption|cite|code|col|colgroup|dd|del|dfn|div|dl|dt|em|figcaption|figure|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul|var|wbr)$/
const ATTRIBUTES: Record<string, RegExp> = {
  href: /^(https?:\/\/|mailto:|tel:)/,
  src: /^(cid:|https:\/\/|(\/[a-z0-9-]+)?\/api\/attachment\/\d+$)/,
  rel: /^noopener nofollow noreferrer$/,
  style: /^[a-z-]+:[a-z0-9#%., ()]+(;[a-z-]+:[a-z0-9#%., ()]+)*$/,
  alt: /^/,
  title: /^/,
  dir: /^(ltr|rtl|auto)$/,
  type: /^[1aAiI]$/,
  width: /^\d+$/,
  height: /^\d+$/,
  start: /^\d+$/,
  value: /^\d+$/,
  span: /^\d+$/,
  colspan: /^\d+$/,
  rowspan: /^\d+$/,
}

async function expectHarmless(html: string): Promise<void> {
  expect(html).not.toMatch(/<!|<\?/)
  for (const { tag, attributes } of await elementsOf(html)) {
    expect(tag).toMatch(TAGS)
    for (const [name, value] of Object.entries(attributes)) {
      expect(ATTRIBUTES, `<${tag} ${name}>`).toHaveProperty(name)
      expect(value).toMatch(ATTRIBUTES[name] ?? /$^/)
      if (name === 'style') expect(value).not.toMatch(/url|expression|position|\/\*|\\/)
    }
  }
}

describe('T14 foreign HTML', () => {
  test('there are enough payloads, and none is there twice', () => {
    expect(payloads.length).toBeGreaterThanOrEqual(300)
    expect(new Set(payloads).size).toBe(payloads.length)
  })
  test.each(payloads)('does nothing and stays so: %j', async (payload) => {
    for (const html of [
      payload,
      `<p>before</p>${payload}<p>after</p>`,
      `<table><tr><td>${payload}</td></tr></table>`,
      `<ul><li>${payload}`,
    ]) {
      const clean = cleanHtml(html)
      await expectHarmless(clean)
      expect(cleanHtml(clean)).toBe(clean)
    }
  })
  test('the words around a payload stay', () => {
    expect(cleanHtml('<p>before</p><script>alert(1)</script><p>after</p>')).toBe(
      '<p>before</p><p>after</p>',
    )
    expect(cleanHtml('<section>one</section><section>two</section>')).toBe(
      '<div>one</div><div>two</div>',
    )
  })
  test('cleaning twice is cleaning once, for any heap of markup', async () => {
    const bits = [
      '<',
      '>',
      '</',
      '"',
      "'",
      '=',
      '/',
      '<p>',
      '</p>',
      '</br>',
      '<a href="https://a.example">',
      '</a>',
      '<svg>',
      '</svg>',
      '<math>',
      '<style>',
      '</style>',
      '<table>',
      '<tr>',
      '<td>',
      '</table>',
      '<ul>',
      '<li>',
      '<!--',
      '-->',
      '<![if x]>',
      '<![endif]>',
      '&lt;',
      '&amp;',
      '&#60',
      '&#1;',
      '<img src="cid:a" alt="',
      '<pre>',
      '</pre>',
      '<noscript>',
      '<xmp>',
      '<title>',
      '<textarea>',
      '</textarea>',
      '<form>',
      '<select>',
      '<option>',
      '<iframe>',
      '</iframe>',
      '<span style="',
      'color:red;',
      'url(x)',
      '<section>',
      '</section>',
      '<h1>',
      '<o:p>',
      '<xml>',
      '<![CDATA[',
      ']]>',
      '<plaintext>',
      '<x>',
      'javascript:',
      '\n',
      ' ',
      'x',
    ]
    const heap = fc
      .array(fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 6 })), { maxLength: 25 })
      .map((all) => all.join(''))
    await fc.assert(
      fc.asyncProperty(heap, async (html) => {
        const clean = cleanHtml(html)
        expect(cleanHtml(clean)).toBe(clean)
        await expectHarmless(clean)
      }),
      { numRuns: 2_000 },
    )
  })
  test('a link says that it is not ours', () => {
    expect(cleanHtml('<a href="https://a.example/?a=1&b=2" target=_top rel=opener>x</a>')).toBe(
      '<a href="https://a.example/?a=1&amp;b=2" rel="noopener nofollow noreferrer">x</a>',
    )
  })
  test('a picture is an attachment or one on the web, else its words remain', () => {
    const kept = [
      'cid:a1@desk',
      '/acme/api/attachment/12',
      '/api/attachment/3',
      'https://pictures.example/a.png',
    ]
    for (const src of kept)
      expect(cleanHtml(`<img src="${src}" alt="a" />`)).toBe(`<img src="${src}" alt="a" />`)
    for (const src of [
      'http://a.example/a.png',
      'data:image/png;base64,AAAA',
      '/acme/api/tickets/1',
      'x',
    ]) {
      expect(cleanHtml(`<p>see <img src="${src}"></p>`)).toBe('<p>see </p>')
    }
  })
})

describe('limits of a note (R13)', () => {
  const refusal = (html: string, field?: string) => {
    try {
      cleanHtml(html, field)
    } catch (error) {
      if (error instanceof Problem) return { code: error.code, fields: error.detail.fields }
      throw error
    }
    return undefined
  }
  test('too deep, too many elements, too long: refused by name', () => {
    expect(refusal('<div>'.repeat(limits.htmlDepth))).toBeUndefined()
    expect(refusal('<div>'.repeat(limits.htmlDepth + 1))).toMatchObject({
      code: 'TOO_LARGE',
      fields: { note_html: expect.stringContaining('deeper') },
    })
    expect(refusal('<br>'.repeat(limits.htmlNodes))).toBeUndefined()
    expect(refusal('<br>'.repeat(limits.htmlNodes + 1), 'details_html')).toMatchObject({
      fields: { details_html: expect.stringContaining('elements') },
    })
    expect(refusal('x'.repeat(limits.noteBytes))).toBeUndefined()
    expect(refusal('ä'.repeat(limits.noteBytes / 2 + 1))).toMatchObject({
      fields: { note_html: expect.stringContaining('256 KB') },
    })
  })
  test.each([
    '<',
    '<a ',
    '</',
    '<!--',
    '<![if',
    '&',
    '&#x',
    '<a href="',
    ' ',
    'a=',
    '<p ',
    '<p style="color:',
  ])('T18 a megabyte of %j costs no time', (bit) => {
    const started = performance.now()
    try {
      cleanHtml(bit.repeat(1_000_000 / bit.length))
    } catch (error) {
      expect(error).toBeInstanceOf(Problem)
    }
    expect(performance.now() - started).toBeLessThan(2_000) // 500 ms on a free core; the test machine is shared
  })
})

describe('text of a note', () => {
  test('h01 everything after an emoji is there', () => {
    const note = '<p>Before 🔥 middle 👨‍👩‍👧‍👦 flag 🇨🇭 end-marker-h01</p>'
    expect(cleanHtml(note)).toBe(note)
    expect(plainText(note)).toBe('Before 🔥 middle 👨‍👩‍👧‍👦 flag 🇨🇭 end-marker-h01')
  })
  test('h02 nothing of Outlook is to be seen, and the list keeps its numbers', () => {
    const clean = cleanHtml(outlookNote)
    expect(clean).not.toMatch(/<!\[if|o:p|mso|style|xml|meta|@font-face|Cambria/i)
    expect(plainText(clean).replace(/\s+/g, ' ')).toBe(
      'Steps I tried: 1. First step h02 2. Second step h02',
    )
    expect(cleanHtml(clean)).toBe(clean)
  })
  test('h03 a small picture inside the text becomes an attachment', () => {
    const dot =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const { html, images } = cleanNote(
      `<p>tiny h03</p><img alt=dot src="data:image/png;base64,${dot}">`,
    )
    const [image] = images
    expect(html).toBe(`<p>tiny h03</p><img src="cid:${image?.cid}" alt="dot" />`)
    expect(image?.bytes.toBase64()).toBe(dot)
    expect(cleanHtml(html)).toBe(html)
    expect(cleanNote('<img src="data:image/svg+xml;base64,PHN2Zz4=">')).toEqual({
      html: '',
      images: [],
      whole: null,
    })
    expect(cleanNote('<img src="data:image/png;base64,%%%">')).toEqual({
      html: '',
      images: [],
      whole: null,
    })
  })
  test('h05 a NUL and half a character go, what follows stays', () => {
    expect(htmlOfText('left\u0000right-h05 \ud800 tail-h05')).toBe(
      '<p>leftright-h05 \ufffd tail-h05</p>',
    )
    expect(cleanHtml('<p>left\u0000right-h05 &#0;&#1; \ud800 tail-h05</p>')).toBe(
      '<p>leftright-h05 \ufffd \ufffd tail-h05</p>',
    )
  })
  test('blocks are lines, lists have their marks, entities are characters', () => {
    expect(
      plainText(
        '<h2>Steps</h2><p>a &lt;b&gt; &amp;amp; "c"</p><ol start="3"><li>x</li><li>y</li></ol><ul><li>z</li></ul>',
      ),
    ).toBe('Steps\n\na <b> &amp; "c"\n\n3. x\n4. y\n\n- z')
    expect(
      plainText('<p>one<br />two   three</p><pre>a  b\n c</pre><img src="cid:a" alt="dot" />'),
    ).toBe('one\ntwo three\n\na  b\nc\n\ndot')
  })
  test('plain text becomes HTML that is clean already and reads the same', () => {
    expect(htmlOfText('Dear <b>,\nline\n\nnext & last')).toBe(
      '<p>Dear &lt;b&gt;,<br />line</p><p>next &amp; last</p>',
    )
    expect(htmlOfText('  \n ')).toBe('')
    const words = fc.array(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((word) => !/\s|\p{Cc}/u.test(word)),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 6 }), (lines) => {
        const text = lines
          .map((line) => line.join(' '))
          .join('\n\n')
          .toWellFormed()
        const html = htmlOfText(text)
        expect(cleanHtml(html)).toBe(html)
        expect(plainText(html)).toBe(text)
      }),
    )
  })
})
