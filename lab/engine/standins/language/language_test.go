package language

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestRequiredPackages(t *testing.T) {
	program := t.TempDir()
	for path, content := range map[string]string{
		"@pulumi/openstack":                  `{"name": "@pulumi/openstack", "version": "v3.15.2", "pulumi": {"resource": true, "name": "openstack"}}`,
		"@pulumi/tls":                        `{"name": "@pulumi/tls", "version": "1.0.0", "pulumi": {"resource": true, "name": "tls", "version": "5.6.1"}}`,
		"@pulumi/random":                     `{"name": "@pulumi/random", "version": "4.0.0", "pulumi": {"resource": true}}`,
		"@pulumi/pulumi":                     `{"name": "@pulumi/pulumi", "version": "3.270.0", "pulumi": {"comment": "no plugin"}}`,
		"component/node_modules/@pulumi/tls": `{"name": "@pulumi/tls", "version": "5.0.0", "pulumi": {"resource": true, "name": "tls"}}`,
		"component":                          `{"name": "component", "version": "1.0.0"}`,
		".bin":                               `{"name": "hidden", "version": "1.0.0", "pulumi": {"resource": true, "name": "hidden"}}`,
	} {
		directory := filepath.Join(program, "node_modules", path)
		if err := os.MkdirAll(directory, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, "package.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packages, err := requiredPackages(program)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dependency := range packages {
		found = append(found, dependency.GetName()+" "+dependency.GetVersion())
	}
	if expected := []string{"openstack v3.15.2", "random v4.0.0", "tls v5.0.0", "tls v5.6.1"}; !slices.Equal(found, expected) {
		t.Errorf("found %v", found)
	}
	if packages, err := requiredPackages(t.TempDir()); err != nil || len(packages) > 0 {
		t.Errorf("a program without packages: %v %v", packages, err)
	}
}

func TestOptions(t *testing.T) {
	parsed, err := parseOptions(map[string]any{"tsconfig": "tsconfig.pulumi.json", "nodeargs": "--max-old-space-size=4096 '--title=a b'"})
	if err != nil || !slices.Equal(parsed.nodeArgs, []string{"--max-old-space-size=4096", "--title=a b"}) {
		t.Errorf("unexpected: %+v %v", parsed, err)
	}
	expected := []string{"PULUMI_NODEJS_TYPESCRIPT=true", "PULUMI_NODEJS_TSCONFIG_PATH=tsconfig.pulumi.json"}
	if !slices.Equal(parsed.environment(), expected) {
		t.Errorf("unexpected: %v", parsed.environment())
	}
	if plain, err := parseOptions(map[string]any{"typescript": false}); err != nil || len(plain.environment()) > 0 {
		t.Errorf("unexpected: %+v %v", plain, err)
	}
	if _, err := parseOptions(map[string]any{"typescript": "yes"}); err == nil {
		t.Error("a wrong type is not refused")
	}
}

func TestConfigurationAndArguments(t *testing.T) {
	request := &pulumirpc.RunRequest{
		Config: map[string]string{"project:nodes": "3"}, ConfigSecretKeys: []string{"project:token"}, DryRun: true,
		MonitorAddress: "127.0.0.1:1", Project: "project", Stack: "dev", Parallel: 8,
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: "/p", RootDirectory: "/p", EntryPoint: "."},
	}
	variables, err := configuration(request)
	expected := []string{`PULUMI_CONFIG={"project:config:nodes":"3"}`, `PULUMI_CONFIG_SECRET_KEYS=["project:token"]`}
	if err != nil || !slices.Equal(variables, expected) {
		t.Errorf("unexpected: %v %v", variables, err)
	}
	arguments := strings.Join(NewHost("1", "127.0.0.1:2").arguments(request, "/run"), " ")
	if arguments != "/run --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --project project --root-directory /p --stack dev --pwd /p --parallel 8 --dry-run ." {
		t.Errorf("unexpected: %s", arguments)
	}
}
