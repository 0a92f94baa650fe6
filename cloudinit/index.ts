export { isNodeLabelAllowed } from "./node-labels";
export { renderImageBuilder } from "./golden-image";
export { renderMaster, renderNode } from "./cloud-config";
export type { ImageDescription, KeyPair, MasterDescription, NodeDescription, ReleaseFile } from "./machine";
export { encodeUserData, userDataLimit, userDataSize } from "./user-data";
