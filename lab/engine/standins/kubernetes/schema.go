package kubernetes

import "encoding/json"

// packageSchema describes the provider's settings in the engine's schema language: those that are heeded, and those
// that are accepted because they do not concern what this plugin does.
func packageSchema(version string) ([]byte, error) {
	settings := map[string]any{}
	for kind, names := range map[string][]string{
		"string": {"cluster", "clusterIdentifier", "context", "kubeconfig", "namespace", "renderYamlToDirectory"},
		"boolean": {
			"alwaysRender", "deleteUnreachable", "enableConfigMapMutable", "enablePatchForce", "enableSecretMutable",
			"enableServerSideApply", "skipUpdateUnreachable", "suppressDeprecationWarnings", "suppressHelmHookWarnings",
			"upsertExistingObjects",
		},
	} {
		for _, name := range names {
			settings[name] = map[string]any{"type": kind}
		}
	}
	for _, name := range []string{"helmReleaseSettings", "kubeClientSettings"} {
		settings[name] = map[string]any{"$ref": "pulumi.json#/Any"}
	}
	return json.Marshal(map[string]any{
		"name": "kubernetes", "version": version,
		"provider": map[string]any{"type": "object", "inputProperties": settings},
	})
}
