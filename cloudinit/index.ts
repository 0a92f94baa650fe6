export { isNodeLabelAllowed } from "./node-labels";
export { renderMaster, renderNode } from "./cloud-config";
export type { KeyPair, MasterDescription, NodeDescription, ReleaseFile } from "./machine";
export { encodeUserData, userDataLimit, userDataSize } from "./user-data";
