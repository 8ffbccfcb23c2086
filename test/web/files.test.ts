import { describe, expect, test } from 'vitest'
import { fileMark, fileWords, told, type FileFate } from '../../web/agent/ticket/fileWords'
import type { Delivery, FileInfo } from '../../web/data/names'
import { fileLimits } from '../../web/ui/fileLimits'
import { refusal } from '../../web/ui/files'
import { limits } from '../../worker/platform/limits'

const fate = (state: FileFate['state'], reason: string | null = null): FileFate => ({
  guid: 'f',
  filename: 'log.txt',
  state,
  reason,
  fix: null,
})
const at = (direction: 'out' | 'in', files: FileFate[]): Delivery => ({
  id: '1001-3-1',
  connection_id: 1,
  direction,
  state: 'synced',
  url: null,
  endpoint: null,
  remote_id: null,
  remote_ticket_id: null,
  partner: 'Skyline',
  error: null,
  reason: null,
  fix: null,
  fix_here: false,
  attempts: 1,
  next_attempt_at: null,
  at: '2026-08-09T11:59:00Z',
  parts: [],
  files,
})

describe('what a form takes', () => {
  test('R13 is what the desk takes, said before a byte is sent', () => {
    expect(fileLimits).toEqual({ bytes: limits.fileBytes, count: limits.filesPerAction })
    expect(refusal({ size: limits.fileBytes }, 0)).toBe('')
    expect(refusal({ size: limits.fileBytes + 1 }, 0)).toBe(
      'Too large: a file may have at most 25 MB.',
    )
    expect(refusal({ size: 1 }, 20)).toBe('Too many: at most 20 files at once.')
  })
  test('a05 an empty file is a file', () => {
    expect(refusal({ size: 0 }, 0)).toBe('')
  })
})

describe('what became of a file', () => {
  test('in a word on the file: the worst of several partners', () => {
    const sync = (...states: FileFate['state'][]): FileInfo['sync'] =>
      states.map((state) => ({ connection_id: 1, partner: '', state, reason: null, fix: null }))
    expect(fileMark([])).toBeUndefined()
    expect(fileMark(sync('sent'))).toBe('sent')
    expect(fileMark(sync('sent', 'refused'))).toBe('not taken')
    expect(fileMark(sync('follows', 'sent'))).toBe('follows')
    expect(fileMark(sync('stays'))).toBe('stays here')
  })
  test.each([
    [
      'out',
      fate('follows', 'No answer'),
      'log.txt follows; it could not be sent to Skyline with this: No answer.',
    ],
    [
      'out',
      fate('refused', 'We take no such files'),
      'log.txt was not taken by Skyline: We take no such files.',
    ],
    ['out', fate('stays', 'It is off.'), 'log.txt was not sent: It is off.'],
    ['in', fate('follows', 'x'), 'log.txt follows: Skyline sends it as soon as it can.'],
    ['in', fate('refused', 'x'), 'log.txt is not here: Skyline could not send it.'],
  ] as const)('%s, in words: %j', (direction, file, words) => {
    expect(fileWords(file, at(direction, [file]))).toBe(words)
  })
  test('what went well, and what goes with a message that waits, needs no words', () => {
    expect(told(at('out', [fate('sent'), fate('waiting'), fate('unsent')]))).toEqual([])
    expect(told(at('out', [fate('waiting', 'No answer'), fate('stays', 'x')]))).toHaveLength(2)
  })
})
