/** Answers the questions of a run: by whoever sits at the terminal, or with `--yes`. */

import type { ChangeAnswer, Prompts } from '../engine/apply/questions.ts'
import { FoobarDeployError } from '../errors.ts'
import { formatChange, formatTask, printable } from '../report/format.ts'
import { redact } from '../shell/redact.ts'
import type { Arguments } from './arguments.ts'
import { askLine, hasTerminal } from './ask.ts'
import { type AroundQuestion, onTerminal } from './on-terminal.ts'

/** Who answers, given the options. Once `stop` is aborted, nothing is asked any more. */
export function answersFor(
  { step, yes, word }: Pick<Arguments, 'step' | 'yes' | 'word'>,
  around: AroundQuestion,
  stop: AbortSignal,
): Prompts {
  if (step && !hasTerminal()) {
    throw new FoobarDeployError('usage', 'step-without-terminal', '--step asks questions, but there is no terminal', {
      hint: 'Run it on a terminal. `plan --diff` shows the changes it would ask about.',
    })
  }
  const ask = (question: string) => onTerminal(around, () => askLine(redact(printable(question)), stop))
  return {
    async confirm(question) {
      if (yes) return true
      if (!hasTerminal()) throw unanswered(question)
      return answerOf(ask, `${question} [y/N] `, { y: true, yes: true, n: false, no: false, '': false })
    },
    async confirmWord({ warning, word: wanted }) {
      if (word !== undefined) return word === wanted
      if (!hasTerminal()) throw unconfirmed(warning, wanted)
      return (await ask(`${warning}. Type ${wanted} to continue: `)) === wanted
    },
    ...(step ? { askChange: (host, task, changes) => askChange(ask, `${host}: ${formatTask(task)}`, changes) } : {}),
  }
}

type Ask = (question: string) => Promise<string>

const changeAnswers: Readonly<Record<string, ChangeAnswer>> = {
  y: 'yes',
  yes: 'yes',
  n: 'no',
  no: 'no',
  a: 'all',
  all: 'all',
}

function askChange(
  ask: Ask,
  title: string,
  changes: Parameters<NonNullable<Prompts['askChange']>>[2],
): Promise<ChangeAnswer> {
  const lines = [title, ...changes.map((change) => `  ${formatChange(change)}`), 'Do it? [y]es, [n]o, [a]ll the rest: ']
  return answerOf(ask, lines.join('\n'), changeAnswers)
}

async function answerOf<T>(ask: Ask, question: string, answers: Readonly<Record<string, T>>): Promise<T> {
  for (let text = question; ; text = `Please answer ${Object.keys(answers).filter(Boolean).join(', ')}: `) {
    const given = (await ask(text)).toLowerCase()
    if (Object.hasOwn(answers, given)) return answers[given] as T
  }
}

function unconfirmed(warning: string, word: string): FoobarDeployError {
  return new FoobarDeployError('usage', 'unanswered', 'It asks for a confirmation, but there is no terminal', {
    detail: warning,
    hint: `Run it on a terminal, or type the word on the command line: --yes=${word}.`,
  })
}

function unanswered(question: string): FoobarDeployError {
  return new FoobarDeployError('usage', 'unanswered', 'A task asks a question, but there is no terminal', {
    detail: question,
    hint: 'Run it on a terminal, or answer every question with yes: --yes.',
  })
}
