/** One folder of code. */
interface Room {
  readonly folder: string;
  readonly question: string;
  /** Folders whose files its files may import, types included. */
  readonly imports: readonly string[];
}

/**
 * The rooms of the code: which question each answers, and whose answers it may use. `.dependency-cruiser.mjs` holds every import to this
 * table; `npm run documents` writes it to CONTRIBUTING.md and draws it in docs/architecture.md. A room stands below all that it may import.
 */
export const rooms: readonly Room[] = [
  {
    folder: "components/model",
    question: "What is a cluster? Types, and the tables that everything goes by.",
    imports: [],
  },
  {
    folder: "components/generated",
    question: "What is made from other files by `npm run documents`: the type of a cluster's settings.",
    imports: [],
  },
  {
    folder: "cloudinit",
    question: "What does a machine need to become what it is? Its description → cloud-config; scripts in `files/`.",
    imports: ["components/model"],
  },
  {
    folder: "components/cloud",
    question: "How is OpenStack asked, and asked again?",
    imports: ["components/model"],
  },
  {
    folder: "components/config",
    question: "What does a stack file say? Its text → values.",
    imports: ["components/model", "cloudinit"],
  },
  {
    folder: "components/plan",
    question: "Who is where, from which release, who stays and who is replaced?",
    imports: ["components/model", "cloudinit"],
  },
  {
    folder: "components/recorded",
    question: "What does the stack's state say?",
    imports: ["components/model", "components/cloud", "components/plan"],
  },
  {
    folder: "components/checks",
    question: "What is wrong or dangerous with a configuration, alone and against what is recorded?",
    imports: ["components/model", "components/config", "components/plan"],
  },
  {
    folder: "components/notices",
    question: "What does a preview say of machines?",
    imports: ["components/model", "components/plan"],
  },
  {
    folder: "components/pki",
    question: "Which certificates are there, for whom, from whom?",
    imports: ["components/model", "components/plan"],
  },
  {
    folder: "components/network",
    question: "To what are machines attached, and who may reach them?",
    imports: ["components/model", "components/plan"],
  },
  {
    folder: "components/description",
    question: "What is each machine told? Configuration, plan and certificates → what `cloudinit` renders.",
    imports: ["components/model", "cloudinit", "components/plan", "components/pki"],
  },
  {
    folder: "components/feasibility",
    question: "Can the cloud do what an update asks of it?",
    imports: [
      "components/model",
      "cloudinit",
      "components/cloud",
      "components/config",
      "components/plan",
      "components/recorded",
      "components/pki",
      "components/description",
    ],
  },
  {
    folder: "components/readiness",
    question: "Where are the machines, and does the cluster work?",
    imports: ["components/model", "components/cloud", "components/plan"],
  },
  {
    folder: "components/rollout",
    question: "In which order are machines replaced and removed, and how do their pods leave?",
    imports: ["components/model", "components/cloud", "components/plan", "components/readiness"],
  },
  {
    folder: "components/addons",
    question: "What runs in the cluster from the start?",
    imports: ["components/model", "components/pki", "components/readiness"],
  },
  {
    folder: "components/instances",
    question: "Of which servers and volumes is a machine made?",
    imports: [
      "components/model",
      "components/plan",
      "components/pki",
      "components/network",
      "components/description",
      "components/rollout",
    ],
  },
];

/** Where commands live: each in a folder of its own, which imports what they share and nothing else of the project. */
export const commands = { folder: "commands", shared: "commands/shared" };
