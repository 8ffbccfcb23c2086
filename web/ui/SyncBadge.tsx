import ArrowDownLeft from 'lucide-solid/icons/arrow-down-left'
import Ban from 'lucide-solid/icons/ban'
import CircleAlert from 'lucide-solid/icons/circle-alert'
import CircleCheck from 'lucide-solid/icons/circle-check'
import CircleQuestionMark from 'lucide-solid/icons/circle-question-mark'
import Clock from 'lucide-solid/icons/clock'
import Send from 'lucide-solid/icons/send'
import Undo2 from 'lucide-solid/icons/undo-2'
import type { Component } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { Badge } from './Badge'
import { markTone, markWords, syncMark, type SyncLook, type SyncMark } from './syncWords'

type Icon = Component<{ size: number; 'aria-hidden': 'true'; class: string }>

const icons: Record<SyncMark, Icon> = {
  synced: CircleCheck,
  from: ArrowDownLeft,
  sending: Send,
  waiting: Clock,
  skipped: Ban,
  failed: CircleAlert,
  dead: CircleAlert,
  unknown: CircleQuestionMark,
  withdrawn: Undo2,
}

/** The sync state of an action, or the worst one of a ticket. */
export function SyncBadge(props: { look: SyncLook; title?: string | undefined }) {
  const mark = () => syncMark(props.look)
  return (
    <Badge tone={markTone[mark()]} title={props.title}>
      <Dynamic component={icons[mark()]} size={12} aria-hidden="true" class="shrink-0" />
      <span class="truncate">{markWords(mark(), props.look.partner ?? '')}</span>
    </Badge>
  )
}
