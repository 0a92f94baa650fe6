package kubernetes

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientapi "k8s.io/client-go/tools/clientcmd/api"
)

// settings are the provider's configuration that this plugin heeds.
type settings struct {
	namespace             string
	deleteUnreachable     bool
	skipUpdateUnreachable bool
	mutableConfigMaps     bool
	mutableSecrets        bool
	forcePatches          bool
	upsert                bool
}

// refused are settings that change what resources mean and are not implemented here: to ignore them would mislead.
var refused = []resource.PropertyKey{"renderYamlToDirectory", "alwaysRender"}

// parseSettings reads the configuration; the engine hands over booleans as JSON in strings.
func parseSettings(config resource.PropertyMap) (settings, error) {
	for _, name := range refused {
		if text(config, name) != "" && text(config, name) != "false" {
			return settings{}, fmt.Errorf("this stand-in for the kubernetes plugin does not know the setting %s", name)
		}
	}
	if text(config, "enableServerSideApply") == "false" {
		return settings{}, errors.New("this stand-in for the kubernetes plugin knows server-side apply only")
	}
	return settings{
		namespace:             text(config, "namespace"),
		deleteUnreachable:     flag(config, "deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
		skipUpdateUnreachable: flag(config, "skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
		mutableConfigMaps:     flag(config, "enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
		mutableSecrets:        flag(config, "enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
		forcePatches:          flag(config, "enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
		upsert:                flag(config, "upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
	}, nil
}

// text gives a setting as a string; anything but a string as JSON.
func text(config resource.PropertyMap, name resource.PropertyKey) string {
	value, ok := config[name]
	switch {
	case !ok || value.IsNull() || value.IsComputed():
		return ""
	case value.IsString():
		return value.StringValue()
	default:
		encoded, err := json.Marshal(value.Mappable())
		if err != nil {
			return ""
		}
		return string(encoded)
	}
}

// flag gives a setting, else what the environment variable says.
func flag(config resource.PropertyMap, name resource.PropertyKey, variable string) bool {
	if value := text(config, name); value != "" {
		return value == "true"
	}
	return os.Getenv(variable) == "true"
}

// parseKubeconfig reads a kubeconfig given as contents or as the path of a file.
func parseKubeconfig(pathOrContents string) (*clientapi.Config, error) {
	path := pathOrContents
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(home, rest)
	}
	contents := []byte(pathOrContents)
	if read, err := os.ReadFile(path); err == nil {
		contents = read
	}
	return clientcmd.Load(contents)
}

// clientConfig gives the connection that the configuration asks for and the namespace that it makes the default.
func clientConfig(config resource.PropertyMap) (*rest.Config, string, error) {
	overrides := &clientcmd.ConfigOverrides{
		CurrentContext: text(config, "context"),
		Context:        clientapi.Context{Cluster: text(config, "cluster"), Namespace: text(config, "namespace")},
	}
	var loader clientcmd.ClientConfig
	if given := text(config, "kubeconfig"); given != "" {
		parsed, err := parseKubeconfig(given)
		if err != nil {
			return nil, "", fmt.Errorf("failed to parse the provider's kubeconfig: %w", err)
		}
		loader = clientcmd.NewDefaultClientConfig(*parsed, overrides)
	} else {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		loader = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	}
	connection, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("unable to load a Kubernetes client configuration: %w", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", err
	}
	connection.QPS, connection.Burst = 50, 120
	connection.WarningHandler = rest.NoWarnings{}
	if err := tune(connection, text(config, "kubeClientSettings")); err != nil {
		return nil, "", err
	}
	return connection, namespace, nil
}

// tune applies the provider's kubeClientSettings.
func tune(connection *rest.Config, encoded string) error {
	if encoded == "" {
		return nil
	}
	var limits struct {
		Burst   *int     `json:"burst"`
		QPS     *float32 `json:"qps"`
		Timeout *int     `json:"timeout"`
	}
	if err := json.Unmarshal([]byte(encoded), &limits); err != nil {
		return fmt.Errorf("kubeClientSettings: %w", err)
	}
	if limits.Burst != nil {
		connection.Burst = *limits.Burst
	}
	if limits.QPS != nil {
		connection.QPS = *limits.QPS
	}
	if limits.Timeout != nil {
		connection.Timeout = time.Duration(*limits.Timeout) * time.Second
	}
	return nil
}
