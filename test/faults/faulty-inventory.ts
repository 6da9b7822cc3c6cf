/** The inventory of a controller of its own, which a fault may kill; what it is made of comes in the environment. */

import process from 'node:process'
import { faultInventory } from './fault-playbook.ts'

const { sources, settings } = JSON.parse(process.env.FAULTS_CONTROLLER ?? '{}')

/** One host with everything on it. */
const inventory = faultInventory(sources, settings)

export default inventory
