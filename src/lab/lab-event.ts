/** What a lab tells of its progress, as data. */

/** A thing that happened to a lab; durations are of the thing itself. */
export type LabEvent =
  | { readonly type: 'waiting'; readonly lab: string }
  | { readonly type: 'already-up'; readonly lab: string; readonly hosts: readonly string[] }
  | { readonly type: 'remains-removed'; readonly lab: string }
  | { readonly type: 'image'; readonly image: string; readonly state: 'cached' | 'building' }
  | { readonly type: 'image'; readonly image: string; readonly state: 'built'; readonly durationMs: number }
  | { readonly type: 'network'; readonly network: string; readonly durationMs: number }
  | { readonly type: 'boot'; readonly host: string; readonly state: 'started' }
  | { readonly type: 'boot'; readonly host: string; readonly state: 'ready'; readonly durationMs: number }
  | { readonly type: 'already-on'; readonly host: string }
  | { readonly type: 'limit-raised'; readonly limit: string; readonly from: number; readonly to: number }
  | { readonly type: 'power-off'; readonly host: string }
  | { readonly type: 'up'; readonly lab: string; readonly hosts: readonly string[]; readonly durationMs: number }
  | { readonly type: 'down'; readonly lab: string; readonly found: boolean; readonly durationMs: number }

/** Takes events as they happen. */
export type OnLabEvent = (event: LabEvent) => void

/** A clock started now: gives the whole milliseconds since. */
export function stopwatch(): () => number {
  const startedAtMs = performance.now()
  return () => Math.round(performance.now() - startedAtMs)
}
