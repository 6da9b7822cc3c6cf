/** The lab: throw-away local hosts, real in all but hardware, for trying and testing. */

export { labDown } from './lab-down.ts'
export type { LabEvent, OnLabEvent } from './lab-event.ts'
export { labExec, labSsh } from './lab-exec.ts'
export { type LabPaths, labPaths } from './lab-paths.ts'
export { labBoot, labPowerOff } from './lab-power.ts'
export { type LabHost, type LabInventory, type LabSpec, labSpecFrom } from './lab-spec.ts'
export { type LabHostState, type LabStatus, labStatus } from './lab-status.ts'
export { labReset, labUp } from './lab-up.ts'
