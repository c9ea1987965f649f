/** Sends what plugins print while they are set up to stderr: stdout belongs to the answer of the command. */
export function keepStdoutClean(): void {
  for (const method of ['log', 'info', 'debug'] as const)
    // eslint-disable-next-line no-console -- that is what it is about
    console[method] = (...values: unknown[]) => console.error(...values)
}
