import { escapeHtml } from './html'

/**
 * Pictures stand in a note by their `cid`. Whoever may read the note gets them from their own desk; where one is not here stands its
 * name and no broken picture. Takes HTML that `cleanHtml` made, where no attribute holds an angle bracket. `missing` are those that an
 * action named and that have not come.
 */
export const showPictures = (
  html: string,
  files: readonly { id: number; cid: string | null }[],
  missing: readonly { filename: string; cid: string | null }[],
  base: string,
): string =>
  html.includes('src="cid:')
    ? html.replaceAll(PICTURE, (tag, cid: string) => {
        const file = files.find((one) => one.cid === cid)
        if (file) return tag.replace(`"cid:${cid}"`, () => `"${base}/api/attachment/${file.id}"`)
        const name = missing.find((one) => one.cid === cid)?.filename
        return name === undefined ? (altOf(tag) ?? instead('not here')) : instead(escapeHtml(name))
      })
    : html

/** A note for somebody who does not get these pictures: their names stand in their places. */
export const nameInstead = (
  html: string,
  pictures: readonly { filename: string; cid: string | null }[],
): string =>
  pictures.length === 0
    ? html
    : html.replaceAll(PICTURE, (tag, cid: string) => {
        const picture = pictures.find((one) => one.cid === cid)
        return picture ? instead(escapeHtml(picture.filename)) : tag
      })

const PICTURE = /<img\b[^<>]*? src="cid:([^"<>]*)"[^<>]*>/g
const instead = (words: string): string => `<em>[Picture: ${words}]</em>`
const altOf = (tag: string): string | undefined => {
  const alt = / alt="([^"<>]+)"/.exec(tag)?.[1] // escaped as it stands there
  return alt && instead(alt)
}
