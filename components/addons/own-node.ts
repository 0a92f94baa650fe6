import type { types } from "@pulumi/kubernetes";

/**
 * A policy by which a ServiceAccount changes a node only from a pod that runs there, and no node's labels: its token is on every
 * machine, and NodeRestriction, which holds kubelets to their own node, concerns no ServiceAccount. The API server notes in tokens of
 * pods where the pod runs, since Kubernetes 1.30. Follows upstream's own,
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/test/e2e/auth/e2edata/per_node_validatingadmissionpolicy.yaml.
 * @param user name under which the ServiceAccount asks the API
 */
export function ownNodePolicySpec(user: string): types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec {
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["nodes", "nodes/status"] },
      ],
    },
    matchConditions: [{ name: "user", expression: `request.userInfo.username == "${user}"` }],
    variables: [
      {
        name: "ownNode",
        expression: `request.userInfo.?extra[?"authentication.kubernetes.io/node-name"][0].orValue("")`,
      },
    ],
    validations: [
      {
        expression: "variables.ownNode == request.name",
        messageExpression: `"a pod on node '" + variables.ownNode + "' may not change node '" + request.name + "'"`,
        reason: "Forbidden",
      },
      {
        // Labels decide which pods come to a node; some of them not even its kubelet may set.
        expression: "object.metadata.?labels == oldObject.metadata.?labels",
        message: "labels of nodes are not this account's to change",
        reason: "Forbidden",
      },
    ],
  };
}
