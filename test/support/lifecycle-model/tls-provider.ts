import { text, type ProviderWorld } from "./providers";
import type { Properties, Provider } from "./state";

const hour = 3_600_000;

/** hashicorp/tls: whatever is given to it makes another resource. */
export function tlsProvider({ now, cloud }: ProviderWorld, type: string): Provider | undefined {
  if (!type.startsWith("tls:")) return undefined;
  const number = (): number => (cloud.identifiers += 1);
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return {
        forcesNew: "all",
        create: (inputs) => made({ ...inputs, privateKeyPem: `key ${number()}`, publicKeyPem: `public ${number()}` }),
      };
    case "tls:index/certRequest:CertRequest":
      return { forcesNew: "all", create: (inputs) => made({ ...inputs, certRequestPem: `request ${number()}` }) };
    default:
      return {
        forcesNew: "all",
        inert: ["earlyRenewalHours"],
        create: (inputs) => {
          const validityEndTime = new Date(now() + Number(inputs["validityPeriodHours"]) * hour).toISOString();
          return made({ ...inputs, validityEndTime, certPem: `certificate ${number()} ends ${validityEndTime}` });
        },
        // internal/provider/common_cert.go: `ready_for_renewal` once the end, less the early renewal, is past; makes another.
        hasEnded: ({ validityEndTime }, { earlyRenewalHours }) =>
          now() > Date.parse(text(validityEndTime)) - Number(earlyRenewalHours ?? 0) * hour,
      };
  }
  function made(outputs: Properties) {
    const id = `tls-${number()}`;
    return { id, outputs: { ...outputs, id } };
  }
}
