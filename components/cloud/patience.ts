/** How it is told that something takes long. */
export interface PatienceArgs {
  readonly tell: (line: string) => void;
  /** Time after which it is told first, and again, milliseconds. */
  readonly silence?: number;
}

/** The provider sets no limit to a question: a cloud that drops packets is given up by the system, after minutes. */
const usualSilence = 20_000;

/** Says while the cloud is silent that it is waited for, and where. */
export async function patiently<T>(answers: Promise<T>, { tell, silence = usualSilence }: PatienceArgs): Promise<T> {
  const began = Date.now();
  const address = process.env["OS_AUTH_URL"];
  const where = address === undefined ? "" : ` (${address})`;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    tell(`The cloud has not answered for ${seconds} s${where}; nothing was created or changed yet.`);
  }, silence);
  try {
    return await answers;
  } finally {
    clearInterval(timer);
  }
}
