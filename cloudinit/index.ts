export { evictionSignals, kubeletFields, ownKubeletFields, type KubeletField } from "./kubelet-fields";
export { apiServerArguments, refusedArguments, type ApiServerArgument } from "./apiserver-arguments";
export { isNodeLabelAllowed } from "./node-labels";
export { renderImageBuilder } from "./golden-image";
export { renderMaster, renderNode } from "./cloud-config";
export type { ImageDescription, KeyPair, MasterDescription, NodeDescription, ReleaseFile } from "./machine";
export { encodeUserData, userDataLimit, userDataSize } from "./user-data";
